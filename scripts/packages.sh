# Debian packages, for the scripts in this folder.

# What the build needs.
build_packages=(
  libxml2-dev zlib1g-dev libarchive-dev libgmime-3.0-dev nettle-dev libsqlite3-dev libpsl-dev libidn2-dev libc-ares-dev libmaxminddb-dev libcurl4-openssl-dev
  pkg-config
)
# What the tests need as well: independent readers of dmarcstat's output, a browser, a name server, mail servers, and a clock that can
# be set.
test_packages=(python3 python3-jsonschema python3-spf python3-html5lib python3-prometheus-client python3-dkim python3-authres
  python3-nacl chromium fonts-noto-cjk poppler-utils zip nsd dovecot-imapd dovecot-sieve exim4-daemon-light
  python3-aiosmtpd openssl faketime
  systemd man-db dash cpio netbase ssl-cert curl jq ca-certificates python3-yaml)
# What tests install only on a throwaway machine, because it conflicts with another package that they need.
apart_packages=(postfix)

# What scripts/package needs as well.
package_packages=(debhelper dpkg-dev fakeroot python3)

# What scripts/test-package needs as well.
package_test_packages=(debootstrap lintian sqlite3 systemd-container util-linux)

require_swift() {
  command -v swift >/dev/null && return
  echo "Swift 6.2 or newer is required: see https://www.swift.org/install/" >&2
  exit 1
}
