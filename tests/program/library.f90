! SPDX-License-Identifier: Apache-2.0
!> What in_situ.f90 does not use of the Fortran module: data, epochs, callbacks, parameters, checkpoints, errors.
!> Prints "ok" at the end; stops with a number where something is wrong.
program library
  use, intrinsic :: iso_fortran_env, only: sp => real32, dp => real64, int32
  use mpi
  use yoke
  implicit none
  integer, parameter :: n = 60
  type(yk_context) :: context
  type(yk_net) :: net, again
  type(yk_data) :: data
  type(yk_training) :: training
  type(yk_report) :: report
  real(dp), target :: x(2, 3, n)
  integer(int32), target :: label(n)
  real(sp), allocatable :: kernel(:)
  real(sp), target :: y(2, n)
  integer, allocatable :: sizes(:)
  character(len=64) :: digest, loaded
  integer :: i, status, ierror, epochs = 0, steps = 0
  logical :: stopped

  call MPI_Init(ierror)
  do i = 1, n
    label(i) = mod(i, 2)
    x(:, :, i) = mod(i*7, 11)/11.0_dp
    x(1, 2, i) = x(1, 2, i) + label(i)
  end do
  call yk_context_create(context, MPI_COMM_WORLD, status, threads=1); call must(status, 1)
  if (yk_context_rank(context) /= 0 .or. yk_context_size(context) /= 1) error stop 2
  call yk_net_create_text(net, context, "recipe", &
      "seed: 3"//new_line("a")//"input: {x: [3, 2]}"//new_line("a")// &
      "model: [flatten, dense: {units: 8, activation: relu}, dense: 2]"//new_line("a")// &
      "loss: softmax_cross_entropy"//new_line("a")//"metrics: [accuracy]"//new_line("a")// &
      "optimizer: {adam: {lr: 0.02}}", status); call must(status, 3)
  call yk_net_set(net, "train", "{epochs: 20, batch: 12}", status); call must(status, 4)
  call yk_data_create(data, context, [yk_field("x", x), yk_field("y", label)], YK_BORROW, status); call must(status, 5)
  if (yk_data_samples(data) /= n) error stop 6
  call yk_training_create(training, net, status, data); call must(status, 7)
  call yk_training_run(training, status, each_step=count_steps, each_epoch=stop_after_10, stopped=stopped)
  call must(status, 8)
  if (.not. stopped .or. epochs /= 10 .or. steps /= 50 .or. yk_training_steps(training) /= 50) error stop 9
  call yk_training_run(training, status, stopped=stopped); call must(status, 10)
  if (stopped .or. yk_training_steps(training) /= 100) error stop 11

  call yk_net_evaluate(net, data, report, status); call must(status, 12)
  if (report%samples /= n .or. report%n_metrics /= 1 .or. report%metric(1) /= "accuracy" .or. report%value(1) < 0.95) &
      error stop 13
  call yk_net_output(net, sizes, status); call must(status, 14)
  if (size(sizes) /= 1 .or. sizes(1) /= 2) error stop 15
  call yk_net_predict(net, [yk_field("x", x)], y, status); call must(status, 16)
  if (any(abs(sum(y, 1) - 1) > 1e-5)) error stop 17
  if (count((y(2, :) > y(1, :)) .eqv. (label == 1)) < 0.95*n) error stop 18

  call yk_training_save(training, "fortran.h5", status); call must(status, 19)
  call yk_net_load(again, context, "fortran.h5", status); call must(status, 20)
  call yk_net_digest(net, digest, status); call must(status, 21)
  call yk_net_digest(again, loaded, status); call must(status, 22)
  if (digest /= loaded) error stop 23
  call yk_net_parameter(again, "dense_1/kernel", kernel, status); call must(status, 24)
  if (size(kernel) /= 48) error stop 25
  call yk_net_set_parameter(again, "dense_1/kernel", 2*kernel, status); call must(status, 26)
  call yk_net_digest(again, loaded, status); call must(status, 27)
  if (digest == loaded) error stop 28
  call yk_training_load(training, "fortran.h5", status); call must(status, 29)

  call yk_net_parameter(again, "dense_1/kernal", kernel, status)
  if (status /= YK_ERR_ARG .or. index(yk_error_text(), "did you mean dense_1/kernel") == 0) error stop 30
  call yk_net_predict(net, [yk_field("x", label)], y, status)
  if (status /= YK_ERR_DATA) error stop 31
  call yk_training_load(training, "none.h5", status)
  if (status /= YK_ERR_IO .or. index(yk_error_text(), "none.h5") == 0) error stop 32
  if (index(yk_net_recipe(net), "micro_batch") == 0) error stop 33
  call yk_plugin_load("none.so", status)
  if (status /= YK_ERR_ARG) error stop 34
  call yk_training_destroy(training)
  call yk_net_destroy(again)
  call yk_net_destroy(net)
  call yk_data_destroy(data)
  call yk_context_destroy(context)
  call MPI_Finalize(ierror)
  print '(a)', "ok"

contains

  subroutine must(code, place)
    integer, intent(in) :: code, place
    if (code == YK_OK) return
    print '(i0, 2a)', place, ": ", yk_error_text()
    error stop 99
  end subroutine

  logical function stop_after_10(r)
    type(yk_report), intent(in) :: r
    epochs = epochs + 1
    if (r%samples /= n .or. r%epoch /= epochs) error stop 98
    stop_after_10 = epochs == 10
  end function

  logical function count_steps(r)
    type(yk_report), intent(in) :: r
    steps = steps + 1
    count_steps = r%loss < 0
  end function
end program
