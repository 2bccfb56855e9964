#!/usr/bin/env bash
# The checker of the tables must notice each fault of the pages in a folder: notices.sh PROGRAM FOLDER
set -uo pipefail
said=$("$1" "$2" 2>&1) && { echo "it found nothing wrong"; exit 1; }
missing=0
for words in 'rows.md:6: both show' 'rows.md:7: no operation of the subject is called "vanish(1)"' \
  'rows.md:8: a row needs four cells' 'no subject is called no_such_type' 'the table has no row' \
  'plain.md:2: the page has no checked table' 'has no page with a checked table'; do
  grep -qF "$words" <<<"$said" || { echo "it did not say: $words"; missing=1; }
done
[ $missing = 0 ] || echo "$said"
exit $missing
