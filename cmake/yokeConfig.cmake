# SPDX-License-Identifier: Apache-2.0
# find_package(yoke CONFIG) gives yoke::yoke (shared) and yoke::yoke_static.
include(${CMAKE_CURRENT_LIST_DIR}/yokeTargets.cmake)
