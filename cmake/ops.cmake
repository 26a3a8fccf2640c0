# SPDX-License-Identifier: Apache-2.0
# An op's source is compiled twice: for float, and for double (gradient checks). The files that hold no op (tables,
# checks, geometry) are the same for both and compiled once.
file(GLOB ops CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/ops/*.c)
set(ops_double ${ops})
list(FILTER ops_double EXCLUDE REGEX "/(op_table|plugin|check|merge|strides|window)\\.c$")
add_library(yoke_ops_double OBJECT ${ops_double})
target_compile_definitions(yoke_ops_double PRIVATE YK_REAL_DOUBLE)
target_link_libraries(yoke_ops_double PRIVATE yoke_flags)
add_library(yoke_ops STATIC ${ops} $<TARGET_OBJECTS:yoke_ops_double>)
target_link_libraries(yoke_ops PUBLIC yoke_tensor yoke_kernels yoke_flags ${CMAKE_DL_LIBS})
