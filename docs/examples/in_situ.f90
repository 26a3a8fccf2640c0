! SPDX-License-Identifier: Apache-2.0
!> Training inside a simulation: in_situ.c in Fortran. Heat in a ring whose conductivity depends on the temperature; while
!> it runs, a network learns the conductivity from the simulation's own arrays, and then takes its place.
!>
!>     mpifort -o in_situ in_situ.f90 $(pkg-config --cflags --libs yoke-fortran)
!>     mpirun -n 2 ./in_situ                      ! any number of ranks: the same figures, the same digest
program in_situ
  use, intrinsic :: iso_fortran_env, only: dp => real64, sp => real32, error_unit
  use mpi_f08
  use yoke
  implicit none

  integer, parameter :: cells = 240, training_steps = 1500, further_steps = 1000
  real(dp), parameter :: dx = 1.0_dp/cells, dt = 0.2_dp*dx*dx, pi = acos(-1.0_dp)

  !> This rank's cells, with a halo cell on either side; k(i) belongs to the face between u(i) and u(i+1).
  type :: ring
    integer :: n = 0, first = 0
    real(dp) :: u(0:cells + 1) = 0, k(0:cells) = 0, time = 0
  end type

  type(MPI_Comm) :: comm
  type(ring), target :: truth, surrogate, before
  type(yk_context) :: context
  type(yk_net) :: net
  type(yk_training) :: training
  type(yk_report) :: report
  real(dp), target :: x(2, 0:cells)
  real(dp) :: moved, error
  character(len=64) :: digest
  integer :: rank, ranks, step, status

  call MPI_Init()
  call MPI_Comm_dup(MPI_COMM_WORLD, comm) ! a simulation of its own, as part of a larger program has one
  call MPI_Comm_rank(comm, rank)
  call MPI_Comm_size(comm, ranks)
  call start(truth)
  call yk_context_create(context, comm%MPI_VAL, status); call must(status)
  call describe()
  call yk_training_create(training, net, status); call must(status)
  if (rank == 0) print '(i0, a, i0, 4a)', cells, " cells on ", ranks, " ranks; yoke ", yk_version(), ", kernels ", &
      yk_context_kernels(context)

  do step = 1, training_steps
    call exchange_halo(truth)
    call conductivities(truth)
    call pack_faces(truth)
    call yk_training_step(training, [yk_field("x", x(:, 1:truth%n)), yk_field("y", truth%k(1:truth%n))], report, status)
    call must(status)
    call advance(truth)
    if (rank == 0 .and. mod(step, 300) == 0) print '(a, i5, i5, a, es10.3, a, es8.1)', "step ", step, &
        report%samples, " samples  loss ", report%loss, "  lr ", report%lr
  end do
  call yk_net_digest(net, digest, status); call must(status)
  if (rank == 0) print '(2a)', "digest ", digest
  call yk_training_destroy(training)

  surrogate = truth
  before = truth
  do step = 1, further_steps
    call exchange_halo(truth)
    call conductivities(truth)
    call advance(truth)
    call exchange_halo(surrogate)
    call predict(surrogate)
    call advance(surrogate)
  end do
  moved = difference(truth, before)
  error = difference(surrogate, truth)
  if (rank == 0) print '(i0, a, f6.4, a, f6.4)', further_steps, " steps on: temperatures moved by up to ", moved, &
      "; with the network instead of the formula they differ by ", error

  call yk_net_destroy(net)
  call yk_context_destroy(context)
  call MPI_Comm_free(comm)
  call MPI_Finalize()
  if (error > 0.05_dp*moved) error stop 1

contains

  !--- the simulation

  subroutine start(r)
    type(ring), intent(out) :: r
    integer :: i
    real(dp) :: at
    r%first = cells*rank/ranks
    r%n = cells*(rank + 1)/ranks - r%first
    do i = 1, r%n
      at = (r%first + i - 0.5_dp)*dx
      r%u(i) = 0.5_dp + 0.3_dp*sin(2*pi*at) + 0.15_dp*cos(10*pi*at)
    end do
  end subroutine

  subroutine exchange_halo(r)
    type(ring), intent(inout) :: r
    integer :: left, right
    left = modulo(rank - 1, ranks)
    right = modulo(rank + 1, ranks)
    call MPI_Sendrecv(r%u(r%n), 1, MPI_DOUBLE_PRECISION, right, 0, r%u(0), 1, MPI_DOUBLE_PRECISION, left, 0, comm, &
                      MPI_STATUS_IGNORE)
    call MPI_Sendrecv(r%u(1), 1, MPI_DOUBLE_PRECISION, left, 1, r%u(r%n + 1), 1, MPI_DOUBLE_PRECISION, right, 1, comm, &
                      MPI_STATUS_IGNORE)
  end subroutine

  !> The closure: what a real code would look up in tables or get from a smaller simulation.
  subroutine conductivities(r)
    type(ring), intent(inout) :: r
    real(dp) :: a(0:r%n), b(0:r%n)
    a = 0.2_dp + r%u(0:r%n)**2
    b = 0.2_dp + r%u(1:r%n + 1)**2
    r%k(0:r%n) = 2*a*b/(a + b)
  end subroutine

  subroutine advance(r)
    type(ring), intent(inout) :: r
    real(dp) :: flux(0:r%n), heater, d, source
    integer :: i
    flux = r%k(0:r%n)*(r%u(0:r%n) - r%u(1:r%n + 1))
    heater = mod(40*r%time, 1.0_dp)
    do i = 1, r%n
      d = abs((r%first + i - 0.5_dp)*dx - heater)
      source = 60*exp(-200*min(d, 1 - d)**2) - 7.5_dp
      r%u(i) = r%u(i) + dt*((flux(i - 1) - flux(i))/(dx*dx) + source)
    end do
    r%time = r%time + dt
  end subroutine

  !> Largest difference of the temperatures, over all ranks.
  real(dp) function difference(a, b)
    type(ring), intent(in) :: a, b
    real(dp) :: most
    most = maxval(abs(a%u(1:a%n) - b%u(1:b%n)))
    call MPI_Allreduce(most, difference, 1, MPI_DOUBLE_PRECISION, MPI_MAX, comm)
  end function

  !--- what yoke needs to see: a sample for each face, its two temperatures (x) and its conductivity (y)

  subroutine must(code)
    integer, intent(in) :: code
    if (code == YK_OK) return
    write (error_unit, '(2a)') "in_situ: ", yk_error_text()
    call MPI_Abort(MPI_COMM_WORLD, 1)
  end subroutine

  subroutine describe()
    call yk_net_create(net, context, status); call must(status)
    call yk_net_input(net, "x", [2], status); call must(status)
    call yk_net_layer(net, "dense", "units=16 activation=tanh", status); call must(status)
    call yk_net_layer(net, "dense", "units=16 activation=tanh", status); call must(status)
    call yk_net_layer(net, "dense", "units=1", status); call must(status)
    call yk_net_set(net, "loss", "mean_squared_error", status); call must(status)
    call yk_net_set(net, "optimizer", "{adam: {lr: 0.01}}", status); call must(status)
    call yk_net_set(net, "schedule", "cosine", status); call must(status)
    call yk_net_set(net, "train", "{steps: 1500, batch: 240, micro_batch: 15}", status); call must(status)
    call yk_net_build(net, status); call must(status)
  end subroutine

  !> Faces 0 .. n: with the left neighbour of our first cell. Ours for training are faces 1 .. n: each is passed once.
  subroutine pack_faces(r)
    type(ring), intent(in) :: r
    x(1, 0:r%n) = 4*r%u(0:r%n) - 2 ! about -1 to 1: networks learn best from numbers of this size
    x(2, 0:r%n) = 4*r%u(1:r%n + 1) - 2
  end subroutine

  !> The network takes the place of the formula. Each rank predicts for itself: nobody waits.
  subroutine predict(r)
    type(ring), intent(inout) :: r
    real(sp), target :: k(0:r%n)
    call pack_faces(r)
    call yk_net_predict(net, [yk_field("x", x(:, 0:r%n))], k, status); call must(status)
    r%k(0:r%n) = k
  end subroutine
end program
