! SPDX-License-Identifier: Apache-2.0
!> yoke for Fortran: the functions of the headers in include/yoke, which say what each does, as subroutines with a
!> `status` at the end of their needed arguments (YK_OK, or an error that yk_error_text() explains). Handles are derived
!> types; destroy them as in C. "Collective" means the same as there.
!>
!> Arrays are passed as they are: dimensions count in the reverse order of C's, so samples are the last one. What C calls
!> x of shape (n, 28, 28) is x(28, 28, n) here. They must be contiguous, and are borrowed as the C headers say.
module yoke
  use, intrinsic :: iso_c_binding
  implicit none
  private

  integer, parameter, public :: YK_OK = 0, YK_ERR_ARG = 1, YK_ERR_RECIPE = 2, YK_ERR_SHAPE = 3, YK_ERR_DATA = 4, &
      YK_ERR_IO = 5, YK_ERR_NOMEM = 6, YK_ERR_MPI = 7, YK_ERR_NUMERIC = 8, YK_ERR_LOCKED = 9, YK_ERR_INTERNAL = 10
  integer, parameter, public :: YK_COPY = 0, YK_BORROW = 1

  integer, parameter :: DIMS = 6, METRICS = 64, NAME_LENGTH = 64
  integer(c_int), parameter :: F32 = 1, F64 = 2, I32 = 9, I64 = 11

  type, public :: yk_context
    type(c_ptr) :: handle = c_null_ptr
  end type
  type, public :: yk_data
    type(c_ptr) :: handle = c_null_ptr
  end type
  type, public :: yk_net
    type(c_ptr) :: handle = c_null_ptr
  end type
  type, public :: yk_training
    type(c_ptr) :: handle = c_null_ptr
  end type

  !> A named array: made by yk_field("x", array) from an array with the attribute target.
  type, public :: yk_array
    character(len=NAME_LENGTH) :: name
    integer(c_int) :: dtype
    integer(c_int) :: ndim
    integer(c_int64_t) :: shape(DIMS) !< as C counts
    type(c_ptr) :: data
  end type

  type, public :: yk_report
    integer(c_int64_t) :: step, epoch, samples
    real(c_double) :: loss, penalty, lr
    integer :: n_metrics
    character(len=NAME_LENGTH) :: metric(METRICS)
    real(c_double) :: value(METRICS)
  end type

  abstract interface
    !> Called on every rank with the same report; true on any rank stops the training.
    logical function yk_callback(report)
      import :: yk_report
      type(yk_report), intent(in) :: report
    end function
  end interface
  public :: yk_callback

  interface yk_field
    module procedure field_r32, field_r64, field_i32, field_i64
  end interface

  public :: yk_field, yk_version, yk_error_text
  public :: yk_context_create, yk_context_destroy, yk_context_rank, yk_context_size, yk_context_kernels
  public :: yk_data_create, yk_data_destroy, yk_data_samples
  public :: yk_net_create, yk_net_create_text, yk_net_create_file, yk_net_load, yk_net_destroy, yk_net_set, yk_net_input, &
      yk_net_layer, yk_net_build, yk_net_recipe, yk_net_parameter, yk_net_set_parameter, yk_net_digest, yk_net_output, &
      yk_net_predict, yk_net_evaluate
  public :: yk_training_create, yk_training_destroy, yk_training_step, yk_training_next, yk_training_run, &
      yk_training_steps, yk_training_save, yk_training_load
  public :: yk_plugin_load

  !--- as C has them

  type, bind(c) :: c_array
    type(c_ptr) :: name
    integer(c_int) :: dtype
    integer(c_int) :: ndim
    integer(c_int64_t) :: shape(DIMS)
    type(c_ptr) :: data
  end type

  type, bind(c) :: c_report
    integer(c_int64_t) :: step, epoch, samples
    real(c_double) :: loss, penalty, lr
    integer(c_int) :: n_metrics
    character(kind=c_char) :: metric(NAME_LENGTH, METRICS)
    real(c_double) :: value(METRICS)
  end type

  type, bind(c) :: c_opts
    integer(c_int) :: threads
    type(c_ptr) :: kernels
  end type

  type, bind(c) :: c_callbacks
    type(c_ptr) :: context
    type(c_funptr) :: step, epoch
  end type

  type, bind(c) :: c_parameter
    type(c_ptr) :: name
    integer(c_int) :: ndim
    integer(c_int64_t) :: shape(DIMS), length
    integer(c_int) :: trained
    type(c_ptr) :: data
  end type

  type :: procedures
    procedure(yk_callback), pointer, nopass :: step => null(), epoch => null()
  end type

  interface
    integer(c_size_t) function c_strlen(text) bind(c, name="strlen")
      import :: c_size_t, c_ptr
      type(c_ptr), value :: text
    end function
    type(c_ptr) function c_version() bind(c, name="yk_version")
      import :: c_ptr
    end function
    type(c_ptr) function c_error_text() bind(c, name="yk_error_text")
      import :: c_ptr
    end function
    integer(c_int) function c_context_create(out, comm, opts) bind(c, name="yk_context_create_fortran")
      import :: c_int, c_ptr, c_opts
      type(c_ptr), intent(out) :: out
      integer(c_int), value :: comm
      type(c_opts), intent(in) :: opts
    end function
    subroutine c_context_destroy(context) bind(c, name="yk_context_destroy")
      import :: c_ptr
      type(c_ptr), intent(inout) :: context
    end subroutine
    integer(c_int) function c_context_rank(context) bind(c, name="yk_context_rank")
      import :: c_int, c_ptr
      type(c_ptr), value :: context
    end function
    integer(c_int) function c_context_size(context) bind(c, name="yk_context_size")
      import :: c_int, c_ptr
      type(c_ptr), value :: context
    end function
    type(c_ptr) function c_context_kernels(context) bind(c, name="yk_context_kernels")
      import :: c_ptr
      type(c_ptr), value :: context
    end function
    integer(c_int) function c_data_create(out, context, n, arrays, keep) bind(c, name="yk_data_create")
      import :: c_int, c_ptr, c_array
      type(c_ptr), intent(out) :: out
      type(c_ptr), value :: context
      integer(c_int), value :: n, keep
      type(c_array), intent(in) :: arrays(*)
    end function
    subroutine c_data_destroy(data) bind(c, name="yk_data_destroy")
      import :: c_ptr
      type(c_ptr), intent(inout) :: data
    end subroutine
    integer(c_int64_t) function c_data_samples(data) bind(c, name="yk_data_samples")
      import :: c_int64_t, c_ptr
      type(c_ptr), value :: data
    end function
    integer(c_int) function c_net_create(out, context) bind(c, name="yk_net_create")
      import :: c_int, c_ptr
      type(c_ptr), intent(out) :: out
      type(c_ptr), value :: context
    end function
    integer(c_int) function c_net_create_text(out, context, name, text) bind(c, name="yk_net_create_text")
      import :: c_int, c_ptr, c_char
      type(c_ptr), intent(out) :: out
      type(c_ptr), value :: context
      character(kind=c_char), intent(in) :: name(*), text(*)
    end function
    integer(c_int) function c_net_create_file(out, context, path) bind(c, name="yk_net_create_file")
      import :: c_int, c_ptr, c_char
      type(c_ptr), intent(out) :: out
      type(c_ptr), value :: context
      character(kind=c_char), intent(in) :: path(*)
    end function
    integer(c_int) function c_net_load(out, context, name) bind(c, name="yk_net_load")
      import :: c_int, c_ptr, c_char
      type(c_ptr), intent(out) :: out
      type(c_ptr), value :: context
      character(kind=c_char), intent(in) :: name(*)
    end function
    subroutine c_net_destroy(net) bind(c, name="yk_net_destroy")
      import :: c_ptr
      type(c_ptr), intent(inout) :: net
    end subroutine
    integer(c_int) function c_net_set(net, path, value) bind(c, name="yk_net_set")
      import :: c_int, c_ptr, c_char
      type(c_ptr), value :: net
      character(kind=c_char), intent(in) :: path(*), value(*)
    end function
    integer(c_int) function c_net_input(net, name, ndim, shape) bind(c, name="yk_net_input")
      import :: c_int, c_int64_t, c_ptr, c_char
      type(c_ptr), value :: net
      character(kind=c_char), intent(in) :: name(*)
      integer(c_int), value :: ndim
      integer(c_int64_t), intent(in) :: shape(*)
    end function
    integer(c_int) function c_net_layer(net, op, options) bind(c, name="yk_net_layer")
      import :: c_int, c_ptr, c_char
      type(c_ptr), value :: net
      character(kind=c_char), intent(in) :: op(*), options(*)
    end function
    integer(c_int) function c_net_build(net) bind(c, name="yk_net_build")
      import :: c_int, c_ptr
      type(c_ptr), value :: net
    end function
    type(c_ptr) function c_net_recipe(net) bind(c, name="yk_net_recipe")
      import :: c_ptr
      type(c_ptr), value :: net
    end function
    integer(c_int) function c_net_parameters(net) bind(c, name="yk_net_parameters")
      import :: c_int, c_ptr
      type(c_ptr), value :: net
    end function
    integer(c_int) function c_net_parameter(net, i, out) bind(c, name="yk_net_parameter")
      import :: c_int, c_ptr, c_parameter
      type(c_ptr), value :: net
      integer(c_int), value :: i
      type(c_parameter), intent(out) :: out
    end function
    integer(c_int) function c_net_set_parameter(net, name, length, data) bind(c, name="yk_net_set_parameter")
      import :: c_int, c_int64_t, c_ptr, c_char, c_float
      type(c_ptr), value :: net
      character(kind=c_char), intent(in) :: name(*)
      integer(c_int64_t), value :: length
      real(c_float), intent(in) :: data(*)
    end function
    integer(c_int) function c_net_digest(net, hex) bind(c, name="yk_net_digest")
      import :: c_int, c_ptr, c_char
      type(c_ptr), value :: net
      character(kind=c_char), intent(out) :: hex(65)
    end function
    integer(c_int) function c_net_output(net, ndim, shape) bind(c, name="yk_net_output")
      import :: c_int, c_int64_t, c_ptr
      type(c_ptr), value :: net
      integer(c_int), intent(out) :: ndim
      integer(c_int64_t), intent(out) :: shape(*)
    end function
    integer(c_int) function c_net_predict(net, n, fields, length, out) bind(c, name="yk_net_predict")
      import :: c_int, c_int64_t, c_ptr, c_float, c_array
      type(c_ptr), value :: net
      integer(c_int), value :: n
      type(c_array), intent(in) :: fields(*)
      integer(c_int64_t), value :: length
      real(c_float), intent(out) :: out(*)
    end function
    integer(c_int) function c_net_evaluate(net, data, report) bind(c, name="yk_net_evaluate")
      import :: c_int, c_ptr, c_report
      type(c_ptr), value :: net, data
      type(c_report), intent(out) :: report
    end function
    integer(c_int) function c_training_create(out, net, data) bind(c, name="yk_training_create")
      import :: c_int, c_ptr
      type(c_ptr), intent(out) :: out
      type(c_ptr), value :: net, data
    end function
    subroutine c_training_destroy(training) bind(c, name="yk_training_destroy")
      import :: c_ptr
      type(c_ptr), intent(inout) :: training
    end subroutine
    integer(c_int) function c_training_step(training, n, fields, report) bind(c, name="yk_training_step")
      import :: c_int, c_ptr, c_array, c_report
      type(c_ptr), value :: training
      integer(c_int), value :: n
      type(c_array), intent(in) :: fields(*)
      type(c_report), intent(out) :: report
    end function
    integer(c_int) function c_training_next(training, report) bind(c, name="yk_training_next")
      import :: c_int, c_ptr, c_report
      type(c_ptr), value :: training
      type(c_report), intent(out) :: report
    end function
    integer(c_int) function c_training_run(training, callbacks, stopped) bind(c, name="yk_training_run")
      import :: c_int, c_ptr, c_callbacks
      type(c_ptr), value :: training
      type(c_callbacks), intent(in) :: callbacks
      integer(c_int), intent(out) :: stopped
    end function
    integer(c_int64_t) function c_training_steps(training) bind(c, name="yk_training_steps")
      import :: c_int64_t, c_ptr
      type(c_ptr), value :: training
    end function
    integer(c_int) function c_training_save(training, path) bind(c, name="yk_training_save")
      import :: c_int, c_ptr, c_char
      type(c_ptr), value :: training
      character(kind=c_char), intent(in) :: path(*)
    end function
    integer(c_int) function c_training_load(training, path) bind(c, name="yk_training_load")
      import :: c_int, c_ptr, c_char
      type(c_ptr), value :: training
      character(kind=c_char), intent(in) :: path(*)
    end function
    integer(c_int) function c_plugin_load(path) bind(c, name="yk_plugin_load")
      import :: c_int, c_char
      character(kind=c_char), intent(in) :: path(*)
    end function
  end interface

contains

  !--- texts

  function c_text(text) result(out) !< with the zero that ends a string of C; trailing blanks are no part of it
    character(len=*), intent(in) :: text
    character(kind=c_char, len=:), allocatable :: out
    out = trim(text)//c_null_char
  end function

  function text_of(pointer) result(out)
    type(c_ptr), intent(in) :: pointer
    character(len=:), allocatable :: out
    character(kind=c_char), pointer :: letters(:)
    integer :: i, n
    n = 0
    if (c_associated(pointer)) n = int(c_strlen(pointer))
    allocate (character(len=n) :: out)
    if (n == 0) return
    call c_f_pointer(pointer, letters, [n])
    do i = 1, n
      out(i:i) = letters(i)
    end do
  end function

  function yk_version() result(out)
    character(len=:), allocatable :: out
    out = text_of(c_version())
  end function

  !> One line about the last call that failed.
  function yk_error_text() result(out)
    character(len=:), allocatable :: out
    out = text_of(c_error_text())
  end function

  !--- arrays

  function field_of(name, dtype, sizes, address) result(out)
    character(len=*), intent(in) :: name
    integer(c_int), intent(in) :: dtype
    integer, intent(in) :: sizes(:)
    type(c_ptr), intent(in) :: address
    type(yk_array) :: out
    integer :: i
    out%name = name
    out%dtype = dtype
    out%ndim = size(sizes)
    out%shape = 0
    do i = 1, min(DIMS, size(sizes))
      out%shape(i) = sizes(size(sizes) + 1 - i)
    end do
    out%data = address
  end function

  function field_r32(name, values) result(out)
    character(len=*), intent(in) :: name
    real(c_float), intent(in), target, contiguous :: values(..)
    type(yk_array) :: out
    out = field_of(name, F32, shape(values), c_loc(values))
  end function

  function field_r64(name, values) result(out)
    character(len=*), intent(in) :: name
    real(c_double), intent(in), target, contiguous :: values(..)
    type(yk_array) :: out
    out = field_of(name, F64, shape(values), c_loc(values))
  end function

  function field_i32(name, values) result(out)
    character(len=*), intent(in) :: name
    integer(c_int32_t), intent(in), target, contiguous :: values(..)
    type(yk_array) :: out
    out = field_of(name, I32, shape(values), c_loc(values))
  end function

  function field_i64(name, values) result(out)
    character(len=*), intent(in) :: name
    integer(c_int64_t), intent(in), target, contiguous :: values(..)
    type(yk_array) :: out
    out = field_of(name, I64, shape(values), c_loc(values))
  end function

  subroutine to_c(fields, names, out)
    type(yk_array), intent(in) :: fields(:)
    character(kind=c_char, len=NAME_LENGTH + 1), intent(out), target :: names(:)
    type(c_array), intent(out) :: out(:)
    integer :: i
    do i = 1, size(fields)
      names(i) = c_text(fields(i)%name)
      out(i)%name = c_loc(names(i))
      out(i)%dtype = fields(i)%dtype
      out(i)%ndim = fields(i)%ndim
      out(i)%shape = fields(i)%shape
      out(i)%data = fields(i)%data
    end do
  end subroutine

  function report_of(c) result(out)
    type(c_report), intent(in) :: c
    type(yk_report) :: out
    integer :: i, k
    out%step = c%step
    out%epoch = c%epoch
    out%samples = c%samples
    out%loss = c%loss
    out%penalty = c%penalty
    out%lr = c%lr
    out%n_metrics = c%n_metrics
    out%metric = ""
    out%value = 0
    do i = 1, out%n_metrics
      do k = 1, NAME_LENGTH
        if (c%metric(k, i) == c_null_char) exit
        out%metric(i)(k:k) = c%metric(k, i)
      end do
      out%value(i) = c%value(i)
    end do
  end function

  !--- contexts

  !> `comm`: the handle of a communicator; of mpi_f08: comm%MPI_VAL. Collective.
  subroutine yk_context_create(context, comm, status, threads)
    type(yk_context), intent(out) :: context
    integer, intent(in) :: comm
    integer, intent(out) :: status
    integer, intent(in), optional :: threads
    type(c_opts) :: opts
    opts = c_opts(0, c_null_ptr)
    if (present(threads)) opts%threads = int(threads, c_int)
    status = c_context_create(context%handle, int(comm, c_int), opts)
  end subroutine

  subroutine yk_context_destroy(context)
    type(yk_context), intent(inout) :: context
    call c_context_destroy(context%handle)
  end subroutine

  integer function yk_context_rank(context)
    type(yk_context), intent(in) :: context
    yk_context_rank = c_context_rank(context%handle)
  end function

  integer function yk_context_size(context)
    type(yk_context), intent(in) :: context
    yk_context_size = c_context_size(context%handle)
  end function

  function yk_context_kernels(context) result(out)
    type(yk_context), intent(in) :: context
    character(len=:), allocatable :: out
    out = text_of(c_context_kernels(context%handle))
  end function

  !--- data

  subroutine yk_data_create(data, context, arrays, keep, status)
    type(yk_data), intent(out) :: data
    type(yk_context), intent(in) :: context
    type(yk_array), intent(in) :: arrays(:)
    integer, intent(in) :: keep
    integer, intent(out) :: status
    character(kind=c_char, len=NAME_LENGTH + 1), target :: names(size(arrays))
    type(c_array) :: c(size(arrays))
    call to_c(arrays, names, c)
    status = c_data_create(data%handle, context%handle, size(arrays), c, int(keep, c_int))
  end subroutine

  subroutine yk_data_destroy(data)
    type(yk_data), intent(inout) :: data
    call c_data_destroy(data%handle)
  end subroutine

  integer(c_int64_t) function yk_data_samples(data)
    type(yk_data), intent(in) :: data
    yk_data_samples = c_data_samples(data%handle)
  end function

  !--- networks

  subroutine yk_net_create(net, context, status)
    type(yk_net), intent(out) :: net
    type(yk_context), intent(in) :: context
    integer, intent(out) :: status
    status = c_net_create(net%handle, context%handle)
  end subroutine

  subroutine yk_net_create_text(net, context, name, text, status)
    type(yk_net), intent(out) :: net
    type(yk_context), intent(in) :: context
    character(len=*), intent(in) :: name, text
    integer, intent(out) :: status
    status = c_net_create_text(net%handle, context%handle, c_text(name), c_text(text))
  end subroutine

  subroutine yk_net_create_file(net, context, path, status)
    type(yk_net), intent(out) :: net
    type(yk_context), intent(in) :: context
    character(len=*), intent(in) :: path
    integer, intent(out) :: status
    status = c_net_create_file(net%handle, context%handle, c_text(path))
  end subroutine

  subroutine yk_net_load(net, context, name, status)
    type(yk_net), intent(out) :: net
    type(yk_context), intent(in) :: context
    character(len=*), intent(in) :: name
    integer, intent(out) :: status
    status = c_net_load(net%handle, context%handle, c_text(name))
  end subroutine

  subroutine yk_net_destroy(net)
    type(yk_net), intent(inout) :: net
    call c_net_destroy(net%handle)
  end subroutine

  subroutine yk_net_set(net, path, value, status)
    type(yk_net), intent(in) :: net
    character(len=*), intent(in) :: path, value
    integer, intent(out) :: status
    status = c_net_set(net%handle, c_text(path), c_text(value))
  end subroutine

  !> `shape` as Fortran counts: of x(28, 30, n) it is [28, 30].
  subroutine yk_net_input(net, name, shape, status)
    type(yk_net), intent(in) :: net
    character(len=*), intent(in) :: name
    integer, intent(in) :: shape(:)
    integer, intent(out) :: status
    status = c_net_input(net%handle, c_text(name), size(shape), int(shape(size(shape):1:-1), c_int64_t))
  end subroutine

  subroutine yk_net_layer(net, op, options, status)
    type(yk_net), intent(in) :: net
    character(len=*), intent(in) :: op, options
    integer, intent(out) :: status
    status = c_net_layer(net%handle, c_text(op), c_text(options))
  end subroutine

  subroutine yk_net_build(net, status)
    type(yk_net), intent(in) :: net
    integer, intent(out) :: status
    status = c_net_build(net%handle)
  end subroutine

  function yk_net_recipe(net) result(out)
    type(yk_net), intent(in) :: net
    character(len=:), allocatable :: out
    out = text_of(c_net_recipe(net%handle))
  end function

  !> Values of a parameter by name, as one vector, in C's order.
  subroutine yk_net_parameter(net, name, values, status)
    type(yk_net), intent(in) :: net
    character(len=*), intent(in) :: name
    real(c_float), allocatable, intent(out) :: values(:)
    integer, intent(out) :: status
    type(c_parameter) :: p
    real(c_float), pointer :: there(:)
    integer(c_int) :: i
    status = YK_ERR_ARG
    do i = 0, c_net_parameters(net%handle) - 1
      status = c_net_parameter(net%handle, i, p)
      if (status /= YK_OK) return
      if (text_of(p%name) == name) then
        call c_f_pointer(p%data, there, [p%length])
        values = there
        return
      end if
    end do
    allocate (values(0))
    status = c_net_set_parameter(net%handle, c_text(name), 0_c_int64_t, values) ! its message names the nearest
  end subroutine

  subroutine yk_net_set_parameter(net, name, values, status)
    type(yk_net), intent(in) :: net
    character(len=*), intent(in) :: name
    real(c_float), intent(in), contiguous :: values(:)
    integer, intent(out) :: status
    status = c_net_set_parameter(net%handle, c_text(name), size(values, kind=c_int64_t), values)
  end subroutine

  subroutine yk_net_digest(net, digest, status)
    type(yk_net), intent(in) :: net
    character(len=64), intent(out) :: digest
    integer, intent(out) :: status
    character(kind=c_char) :: hex(65)
    integer :: i
    digest = ""
    status = c_net_digest(net%handle, hex)
    if (status /= YK_OK) return
    do i = 1, 64
      digest(i:i) = hex(i)
    end do
  end subroutine

  !> Shape of one sample's prediction, as Fortran counts.
  subroutine yk_net_output(net, shape, status)
    type(yk_net), intent(in) :: net
    integer, allocatable, intent(out) :: shape(:)
    integer, intent(out) :: status
    integer(c_int) :: ndim
    integer(c_int64_t) :: sizes(DIMS)
    ndim = 0
    status = c_net_output(net%handle, ndim, sizes)
    shape = int(sizes(ndim:1:-1))
  end subroutine

  !> Not collective.
  subroutine yk_net_predict(net, fields, out, status)
    type(yk_net), intent(in) :: net
    type(yk_array), intent(in) :: fields(:)
    real(c_float), intent(out), target, contiguous :: out(..)
    integer, intent(out) :: status
    character(kind=c_char, len=NAME_LENGTH + 1), target :: names(size(fields))
    type(c_array) :: c(size(fields))
    real(c_float), pointer :: flat(:)
    call to_c(fields, names, c)
    call c_f_pointer(c_loc(out), flat, [size(out)])
    status = c_net_predict(net%handle, size(fields), c, size(out, kind=c_int64_t), flat)
  end subroutine

  subroutine yk_net_evaluate(net, data, report, status)
    type(yk_net), intent(in) :: net
    type(yk_data), intent(in) :: data
    type(yk_report), intent(out) :: report
    integer, intent(out) :: status
    type(c_report) :: c
    status = c_net_evaluate(net%handle, data%handle, c)
    if (status == YK_OK) report = report_of(c)
  end subroutine

  !--- training

  !> Without `data`, fresh samples come with every yk_training_step().
  subroutine yk_training_create(training, net, status, data)
    type(yk_training), intent(out) :: training
    type(yk_net), intent(in) :: net
    integer, intent(out) :: status
    type(yk_data), intent(in), optional :: data
    type(c_ptr) :: samples
    samples = c_null_ptr
    if (present(data)) samples = data%handle
    status = c_training_create(training%handle, net%handle, samples)
  end subroutine

  subroutine yk_training_destroy(training)
    type(yk_training), intent(inout) :: training
    call c_training_destroy(training%handle)
  end subroutine

  subroutine yk_training_step(training, fields, report, status)
    type(yk_training), intent(in) :: training
    type(yk_array), intent(in) :: fields(:)
    type(yk_report), intent(out) :: report
    integer, intent(out) :: status
    character(kind=c_char, len=NAME_LENGTH + 1), target :: names(size(fields))
    type(c_array) :: c(size(fields))
    type(c_report) :: r
    call to_c(fields, names, c)
    status = c_training_step(training%handle, size(fields), c, r)
    if (status == YK_OK) report = report_of(r)
  end subroutine

  subroutine yk_training_next(training, report, status)
    type(yk_training), intent(in) :: training
    type(yk_report), intent(out) :: report
    integer, intent(out) :: status
    type(c_report) :: r
    status = c_training_next(training%handle, r)
    if (status == YK_OK) report = report_of(r)
  end subroutine

  integer(c_int) function call_back(callback, report)
    procedure(yk_callback), pointer, intent(in) :: callback
    type(c_report), intent(in) :: report
    call_back = 0
    if (.not. associated(callback)) return
    if (callback(report_of(report))) call_back = 1
  end function

  integer(c_int) function on_step(context, report) bind(c, name="yk_fortran_on_step")
    type(c_ptr), value :: context
    type(c_report), intent(in) :: report
    type(procedures), pointer :: w
    call c_f_pointer(context, w)
    on_step = call_back(w%step, report)
  end function

  integer(c_int) function on_epoch(context, report) bind(c, name="yk_fortran_on_epoch")
    type(c_ptr), value :: context
    type(c_report), intent(in) :: report
    type(procedures), pointer :: w
    call c_f_pointer(context, w)
    on_epoch = call_back(w%epoch, report)
  end function

  subroutine yk_training_run(training, status, each_step, each_epoch, stopped)
    type(yk_training), intent(in) :: training
    integer, intent(out) :: status
    procedure(yk_callback), optional :: each_step, each_epoch
    logical, intent(out), optional :: stopped
    type(procedures), target :: w
    type(c_callbacks) :: c
    integer(c_int) :: stop
    c = c_callbacks(c_loc(w), c_null_funptr, c_null_funptr)
    if (present(each_step)) then
      w%step => each_step
      c%step = c_funloc(on_step)
    end if
    if (present(each_epoch)) then
      w%epoch => each_epoch
      c%epoch = c_funloc(on_epoch)
    end if
    status = c_training_run(training%handle, c, stop)
    if (present(stopped)) stopped = stop /= 0
  end subroutine

  integer(c_int64_t) function yk_training_steps(training)
    type(yk_training), intent(in) :: training
    yk_training_steps = c_training_steps(training%handle)
  end function

  subroutine yk_training_save(training, path, status)
    type(yk_training), intent(in) :: training
    character(len=*), intent(in) :: path
    integer, intent(out) :: status
    status = c_training_save(training%handle, c_text(path))
  end subroutine

  subroutine yk_training_load(training, path, status)
    type(yk_training), intent(in) :: training
    character(len=*), intent(in) :: path
    integer, intent(out) :: status
    status = c_training_load(training%handle, c_text(path))
  end subroutine

  subroutine yk_plugin_load(path, status)
    character(len=*), intent(in) :: path
    integer, intent(out) :: status
    status = c_plugin_load(c_text(path))
  end subroutine
end module
