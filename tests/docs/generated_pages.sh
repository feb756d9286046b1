#!/usr/bin/env bash
# generated_pages.sh BYLAW [--update]: pages that a command prints say what it prints. Behind the line `<!-- generated: bylaw … -->` of a page stands the output of that command.
set -u
bylaw=$1
status=0
for page in docs/functions.md docs/models.md docs/rules.md; do
  marker=$(grep -n -m1 '^<!-- generated: bylaw ' "$page") || { echo "$page has no line <!-- generated: bylaw … -->"; status=1; continue; }
  line=${marker%%:*}
  read -r -a arguments <<<"$(sed -E 's/^[0-9]+:<!-- generated: bylaw (.*) -->$/\1/' <<<"$marker")"
  expected=$({ head -n "$line" "$page"; echo; "$bylaw" "${arguments[@]}"; } && echo .) || { echo "bylaw ${arguments[*]} failed"; status=1; continue; }
  expected=${expected%.}
  if [ "${2:-}" = --update ]; then
    printf '%s' "$expected" >"$page"
  elif ! diff <(printf '%s' "$expected") "$page" | head -20 | grep . ; then
    :
  else
    echo "$page is out of date: tests/docs/generated_pages.sh BYLAW --update"
    status=1
  fi
done
exit $status
