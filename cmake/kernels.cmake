# SPDX-License-Identifier: Apache-2.0
# The kernels are written once and compiled once per instruction set: one table of function pointers each.
# ISA is the family's name, which the symbols carry; YK_REAL_DOUBLE compiles them for gradient checks.
file(GLOB kernels CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/kernels/*.c)
set(shared_sources ${PROJECT_SOURCE_DIR}/src/kernels/families.c ${PROJECT_SOURCE_DIR}/src/kernels/openblas.c)
list(REMOVE_ITEM kernels ${shared_sources})

function(yoke_family name)
  add_library(yoke_kernels_${name} OBJECT ${kernels})
  target_link_libraries(yoke_kernels_${name} PRIVATE yoke_flags)
  target_compile_definitions(yoke_kernels_${name} PRIVATE YK_FAMILY=${name})
  target_compile_options(yoke_kernels_${name} PRIVATE ${ARGN})
  if(NOT YK_SANITIZE)
    target_compile_options(yoke_kernels_${name} PRIVATE -O3)
  endif()
  list(APPEND family_objects $<TARGET_OBJECTS:yoke_kernels_${name}>)
  set(family_objects ${family_objects} PARENT_SCOPE)
endfunction()

yoke_family(portable)
yoke_family(double)
target_compile_definitions(yoke_kernels_double PRIVATE YK_REAL_DOUBLE)
if(YK_SANITIZE) # arrays as vectors, each element checked, inlined: compilers need minutes a file
  target_compile_options(yoke_kernels_portable PRIVATE -fno-inline)
  target_compile_options(yoke_kernels_double PRIVATE -fno-inline)
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  yoke_family(avx2 -mavx2 -mfma)
  target_compile_definitions(yoke_kernels_avx2 PRIVATE YK_VEC_AVX2)
  yoke_family(avx512 -mavx512f -mavx512dq -mavx512bw -mavx512vl -mfma -mprefer-vector-width=512)
  target_compile_definitions(yoke_kernels_avx512 PRIVATE YK_VEC_AVX512)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  yoke_family(neon)
  target_compile_definitions(yoke_kernels_neon PRIVATE YK_VEC_NEON)
endif()

add_library(yoke_kernels STATIC ${shared_sources} ${family_objects})
target_link_libraries(yoke_kernels PUBLIC yoke_core yoke_flags)
if(OPENBLAS_FOUND)
  target_compile_definitions(yoke_kernels PRIVATE YK_HAVE_OPENBLAS)
  target_link_libraries(yoke_kernels PRIVATE PkgConfig::OPENBLAS)
endif()

add_executable(bench_kernels EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/bench/bench_kernels.c)
target_link_libraries(bench_kernels PRIVATE yoke_kernels)
add_executable(bench_parallel EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/bench/bench_parallel.c)
target_link_libraries(bench_parallel PRIVATE yoke_core)
find_package(OpenMP COMPONENTS C QUIET)
if(OpenMP_C_FOUND) # for comparison
  target_link_libraries(bench_parallel PRIVATE OpenMP::OpenMP_C)
endif()

add_library(bench_products MODULE EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/bench/products.c)
target_link_libraries(bench_products PRIVATE yoke_kernels)
