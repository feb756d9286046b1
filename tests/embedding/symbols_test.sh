#!/usr/bin/env bash
# What the evaluator's library must not call: nothing in it prints, exits, or touches the environment or the locale.
#
#   symbols_test.sh LIBBYLAW.A
set -euo pipefail
archive=$1

# Undefined symbols, without what the library's own members define for each other.
called=$(nm -uC "$archive" | sed -n 's/^ *[Uw] //p' | sort -u)
[ "$(wc -l <<<"$called")" -gt 100 ] || { echo "no symbols: is $archive the library?" >&2; exit 1; }

# (localeconv is called: it reads what the decimal point is, to be free of it.)
forbidden='^(getenv|secure_getenv|setenv|putenv|unsetenv|environ|clearenv|setlocale|newlocale|uselocale|exit|_exit|_Exit|quick_exit|atexit|signal|sigaction|raise|kill|fork|system|popen|printf|vprintf|puts|putchar|fputs|fputc|fwrite|fprintf|vfprintf|perror|stdout|stderr|__printf_chk|__fprintf_chk|__vfprintf_chk|std::cout|std::cerr|std::clog|std::cin|std::locale::global\(.*|std::exit.*)(@.*)?$'
found=$(grep -E "$forbidden" <<<"$called" || true)
# A failed CHECK, which is a bug of the library, says what it saw on standard error before it aborts: base/check.cc alone may.
if [ -n "$found" ]; then
  offenders=$(nm -uCA "$archive" | grep -E " [Uw] ($(sed 's/[()*+.]/\\&/g' <<<"$found" | paste -sd'|'))(@.*)?$" | grep -v ':check\.cc\.o:' || true)
  if [ -n "$offenders" ]; then
    echo "the library calls what it must not:" >&2
    echo "$offenders" >&2
    exit 1
  fi
fi

# The check itself can fail: it sees such a call where there is one.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
printf '#include <stdio.h>\n#include <stdlib.h>\nint f(void) { return printf("%%s", getenv("X")); }\n' >"$scratch/bad.c"
cc -c -O1 "$scratch/bad.c" -o "$scratch/bad.o"
nm -u "$scratch/bad.o" | sed -n 's/^ *[Uw] //p' | grep -qE "$forbidden" || { echo "the check does not see printf and getenv" >&2; exit 1; }
echo "$(wc -l <<<"$called") symbols, none forbidden"
