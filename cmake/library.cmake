# SPDX-License-Identifier: Apache-2.0
# libyoke: all rooms but cli in one shared and one static library, and what `cmake --install` puts beside them: headers,
# recipes, a pkg-config file and a CMake package, both of which work after the prefix has been moved.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(rooms core tensor kernels ops graph optim metrics comm io augment data model train api)
foreach(room ${rooms})
  list(APPEND objects $<TARGET_OBJECTS:yoke_${room}>)
endforeach()
list(APPEND objects $<TARGET_OBJECTS:yoke_ops_double> ${family_objects})

# What a program needs beside libyoke.a (the shared library names these itself).
set(static_libraries ${MPI_C_LIBRARIES} ${HDF5_C_LIBRARIES} ${FYAML_LINK_LIBRARIES} ${OPENBLAS_LINK_LIBRARIES}
    ${ZLIB_LIBRARIES} ${JPEG_LINK_LIBRARIES} ${PNG_LINK_LIBRARIES} ${LIBARCHIVE_LINK_LIBRARIES}
    ${CMAKE_THREAD_LIBS_INIT} ${CMAKE_DL_LIBS} -lm)
list(TRANSFORM static_libraries PREPEND "-l" REGEX "^[a-z]+$") # "dl"
list(REMOVE_DUPLICATES static_libraries)

# Exported are the functions of the headers that are installed, and nothing else.
file(GLOB public_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/yoke/*.h)
set(plugin_headers ops/plugin.h ops/op.h kernels/kernels.h kernels/kernel_list.h kernels/real.h tensor/tensor.h
    core/error.h core/math.h core/num.h core/option.h core/parallel.h core/philox.h) # what an op's file may include
list(TRANSFORM plugin_headers PREPEND ${PROJECT_SOURCE_DIR}/src/ OUTPUT_VARIABLE plugin_sources)
set(exports yk_k\( yk_k_double\()
foreach(header ${public_headers} ${plugin_sources})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${header})
  file(STRINGS ${header} lines REGEX "yk_[a-z0-9_]+\\(")
  foreach(line ${lines})
    string(REGEX MATCHALL "yk_[a-z0-9_]+\\(" names "${line}")
    list(APPEND exports ${names})
  endforeach()
endforeach()
list(REMOVE_DUPLICATES exports)
string(REPLACE "(;" "; " exports "${exports}")
string(REPLACE "(" ";" exports "${exports}")
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/libyoke.map CONTENT "{ global: ${exports} local: *; };\n")

add_library(yoke_shared SHARED ${objects})
set_target_properties(yoke_shared PROPERTIES OUTPUT_NAME yoke EXPORT_NAME yoke VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR} LINKER_LANGUAGE C LINK_DEPENDS ${PROJECT_BINARY_DIR}/libyoke.map)
target_link_libraries(yoke_shared PRIVATE ${static_libraries})
target_link_options(yoke_shared PRIVATE -Wl,--version-script,${PROJECT_BINARY_DIR}/libyoke.map -Wl,-z,defs
  -Wl,-z,nodelete) # pool threads run in it until the program ends
if(YK_SANITIZE)
  target_link_options(yoke_shared PRIVATE -fsanitize=address,undefined -Wl,-z,undefs)
endif()
add_library(yoke_static STATIC ${objects})
set_target_properties(yoke_static PROPERTIES OUTPUT_NAME yoke LINKER_LANGUAGE C)
target_link_libraries(yoke_static INTERFACE ${static_libraries})
foreach(library yoke_shared yoke_static)
  target_include_directories(${library} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()

# --- installation
add_custom_target(installed DEPENDS yoke yoke_shared yoke_static) # what `cmake --install` copies, and no test
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/yoke)
set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(TARGETS yoke RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS yoke_shared yoke_static EXPORT yokeTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${public_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/yoke)
foreach(header ${plugin_headers})
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${PROJECT_SOURCE_DIR}/src/${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/yoke/plugin/${folder})
endforeach()
install(PROGRAMS ${PROJECT_SOURCE_DIR}/launch/yoke-run ${PROJECT_SOURCE_DIR}/launch/yoke-scaling DESTINATION ${CMAKE_INSTALL_BINDIR})
foreach(folder recipes slurm pbs lsf)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/launch/${folder} DESTINATION ${CMAKE_INSTALL_DATADIR}/yoke)
endforeach()
install(EXPORT yokeTargets NAMESPACE yoke:: DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/yokeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/yokeConfig.cmake ${PROJECT_BINARY_DIR}/yokeConfigVersion.cmake
  DESTINATION ${package_dir})

file(RELATIVE_PATH pc_prefix /${pc_dir} /)
string(REGEX REPLACE "/$" "" pc_prefix ${pc_prefix})
string(REPLACE ";" " " pc_private "${static_libraries}")
foreach(name yoke yoke-plugin)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${pc_dir})
endforeach()

include(cmake/fortran.cmake)
