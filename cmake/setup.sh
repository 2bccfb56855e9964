# Sourced by ./run and ./check: installs what a step needs, and says so before. Debian 12.
# Nothing is ever removed; a second run with nothing to do takes no time.

say() { printf '\033[1m== %s\033[0m\n' "$*"; }
die() { printf 'weft: %s\n' "$*" >&2; exit 4; }

build_packages=(build-essential cmake ninja-build pkg-config git python3 ccache
  libboost1.81-dev capnproto libcapnp-dev libsqlite3-dev libssl-dev libzstd-dev zlib1g-dev
  libcli11-dev nlohmann-json3-dev qt6-base-dev fonts-dejavu-core fonts-noto-color-emoji)
test_packages=(catch2 librapidcheck-dev clang-19 libclang-rt-19-dev llvm-19 clang-format-19
  clang-tidy-19 xvfb xauth xdotool imagemagick)

# install PACKAGE...: those that are missing, in one go.
install() {
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  command -v apt-get >/dev/null || die "these packages are missing and there is no apt-get: ${missing[*]}"
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "run as root, or install sudo: these packages are missing: ${missing[*]}"
    root=(sudo)
  fi
  say "installing ${#missing[@]} packages: ${missing[*]}"
  "${root[@]}" apt-get -o DPkg::Lock::Timeout=300 update -q >/dev/null ||
    die "apt-get update failed; is the network up?"
  # --no-remove: rather stop than take away something (an older Boost, for one).
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -q \
    --no-install-recommends --no-remove "${missing[@]}" >/tmp/weft-apt.$$.log 2>&1 || {
    tail -n 20 /tmp/weft-apt.$$.log >&2
    die "apt-get could not install the packages above without removing others (see the lines before)"
  }
  rm -f /tmp/weft-apt.$$.log
}

jobs=$(nproc 2>/dev/null || echo 2)
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-4G}

# configure_build FOLDER [cmake options]: quiet unless something goes wrong.
configure() {
  local folder=$1
  shift
  cmake -S . -B "$folder" -G Ninja "$@" >"$folder.log" 2>&1 || { cat "$folder.log" >&2; die "cmake failed in $folder"; }
}
build() {
  local folder=$1
  shift
  if [ -t 1 ]; then ninja -C "$folder" "$@"; else
    ninja -C "$folder" "$@" >"$folder.log" 2>&1 || { grep -v '^\[' "$folder.log" | tail -n 80 >&2; die "the build failed in $folder"; }
  fi
}
