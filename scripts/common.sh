# Sourced by the scripts beside it: what each of them needs. `root` is the project's folder.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# How many compilers may run at once: one a core, and 1 GiB of free memory for each (the largest file takes 0.4 GiB, 0.5
# with the address sanitizer), in a container no more than it is given.
build_jobs() {
  local cores free_mib limit
  cores=$(nproc)
  free_mib=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
  limit=$(cat /sys/fs/cgroup/memory.max 2> /dev/null || echo max)
  if [ "$limit" != max ] && [ $((limit >> 20)) -lt "$free_mib" ]; then free_mib=$((limit >> 20)); fi
  local jobs=$((free_mib / 1024))
  if [ "$jobs" -gt "$cores" ]; then jobs=$cores; fi
  if [ "$jobs" -lt 1 ]; then jobs=1; fi
  echo "$jobs"
}

# build PRESET [TARGET...]: configures and builds; the compiler's output is shown as it comes, CMake's only on failure.
build() {
  local preset=$1 log
  shift
  log=$(mktemp)
  if ! (cd "$root" && cmake --preset "$preset" > "$log" 2>&1); then
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
  cmake --build "$root/build/$preset" -j "$(build_jobs)" ${1:+--target "$@"}
}

# Makes Mesa's software device the only one, so that a test gives the same on every machine. A caller who sets
# VK_DRIVER_FILES chooses another.
pin_software_device() {
  if [ -z "${VK_DRIVER_FILES:-}" ]; then
    local folder file
    for folder in /usr/share/vulkan/icd.d /usr/local/share/vulkan/icd.d /etc/vulkan/icd.d; do
      for file in "$folder"/lvp_icd*.json; do
        if [ -e "$file" ]; then VK_DRIVER_FILES=${VK_DRIVER_FILES:+$VK_DRIVER_FILES:}$file; fi
      done
    done
    if [ -z "${VK_DRIVER_FILES:-}" ]; then
      echo "no lvp_icd*.json (Mesa's software Vulkan device) under /usr/share/vulkan/icd.d" >&2
      return 1
    fi
  fi
  # The second name is the one that loaders before 1.3.207 know.
  export VK_DRIVER_FILES VK_ICD_FILENAMES=$VK_DRIVER_FILES
}
