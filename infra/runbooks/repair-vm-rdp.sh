#!/usr/bin/env bash
# Repairs Remote Desktop on one Azure VM through the service, and waits for the outcome: for pipelines and shells.
#
#   repair-vm-rdp.sh --service-uri URL --vm-resource-id ID [--audience URI] [--mode diagnose|repair]
#                    [--maximum-risk RISK] [--client-error TEXT] [--timeout-minutes N]
#
# Needs bash and curl, and a token: of the Azure CLI, signed in as an identity with the app role Rdp.Repair of the
# service (Rdp.Read is enough to diagnose), or in RDP_REMEDIATION_TOKEN.
# Exit code: 0 healthy or repaired, 1 a fault remains, 2 the command was not understood, 3 the service did not do its work.
# Without --audience the service itself says what a token must be for.
set -euo pipefail

# One line that neither a terminal nor a pipeline obeys: without control and direction-changing characters (in UTF-8) and
# without workflow commands.
plain() { # TEXT
  printf '%s' "$1" | LC_ALL=C tr '\t\r\n' '   ' | LC_ALL=C tr -d '\000-\037\177' | LC_ALL=C sed \
    -e $'s/\xc2[\x80-\x9f\xad]//g' -e $'s/\xd8\x9c//g' -e $'s/\xe2\x80[\x8b-\x8f\xa8-\xae]//g' \
    -e $'s/\xe2\x81[\xa0-\xaf]//g' -e $'s/\xef\xbb\xbf//g' \
    -e 's/###*\(\([vV][sS][oO]\)\{0,1\}\[\)/#\1/g' -e 's/^ *::/> ::/'
}

fail() { # CODE MESSAGE
  printf '%s\n' "$(plain "$2")" >&2
  exit "$1"
}

service='' vm='' audience='' mode=repair risk='' shown='' minutes=60
while (($#)); do
  if [[ $1 == --help || $1 == -h ]]; then
    sed -nE '2,/^set /s/^# ?//p' "$0"
    exit 0
  fi
  (($# > 1)) || fail 2 "$1 needs a value."
  case $1 in
    --service-uri) service=${2%/} ;;
    --vm-resource-id) vm=$2 ;;
    --audience) audience=$2 ;;
    --mode) mode=$2 ;;
    --maximum-risk) risk=$2 ;;
    --client-error) shown=$2 ;;
    --timeout-minutes) minutes=$2 ;;
    *) fail 2 "There is no option $1." ;;
  esac
  shift 2
done
[[ $service =~ ^https://[^/?#]+ || $service =~ ^http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?$ ]] ||
  fail 2 '--service-uri must be an https address; plain http is for this machine only.'
[[ $mode == diagnose || $mode == repair ]] || fail 2 '--mode must be diagnose or repair.'
[[ $vm == /subscriptions/* && $vm$mode$risk != *[\"\\[:cntrl:]]* ]] ||
  fail 2 '--vm-resource-id must be the resource id of a VM.'
[[ $shown != *[[:cntrl:]]* ]] || fail 2 '--client-error must be one line of text, e.g. "0x904 0x7".'
[[ $minutes =~ ^[1-9][0-9]{0,3}$ ]] || fail 2 '--timeout-minutes must be a number from 1 to 9999.'

deadline=$((SECONDS + minutes * 60))
# Seconds without an answer after which this script gives up.
patience=300
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# What a token must be for, by the answer of the service to a request without one. Only an application id URI is taken: another
# audience could be Azure itself, and the token for it would go to the service.
find_audience() {
  curl --silent --show-error --max-time 60 --noproxy 'localhost,127.0.0.1,::1' --output /dev/null --dump-header - \
    "$service/api/runs" | tr -d '\r' |
    sed -nE 's/^[Ww][Ww][Ww]-[Aa]uthenticate:.*resource="(api:\/\/[^" ]+)".*/\1/p' | head -n 1
}

access_token() {
  if [[ -n ${RDP_REMEDIATION_TOKEN:-} ]]; then
    printf '%s' "$RDP_REMEDIATION_TOKEN"
  else
    az account get-access-token --resource "$audience" --query accessToken --output tsv
  fi
}

# Sends a request (curl arguments) until it is answered. Sets $answer (the run) and $wait (seconds until the next poll).
ask() {
  local token status code why give_up=$((SECONDS + patience))
  ((give_up < deadline)) || give_up=$deadline
  while :; do
    if [[ -z $audience && -z ${RDP_REMEDIATION_TOKEN:-} ]]; then
      audience=$(find_audience) || audience=''
      if [[ -z $audience ]]; then
        ((SECONDS + 5 <= give_up)) || fail 3 "The service does not say what a token must be for. Give --audience."
        printf 'The service does not say yet what a token must be for. Retrying in 5 s.\n' >&2
        sleep 5
        continue
      fi
    fi
    token=$(access_token) || fail 3 "No access token for $audience. Sign in with az login, or set RDP_REMEDIATION_TOKEN."
    : >"$folder/headers" >"$folder/body"
    # The token comes from a file descriptor: every user of the machine can read a command line.
    # Nor does it pass a proxy on its way to this machine.
    status=$(curl --silent --show-error --max-time 60 --noproxy 'localhost,127.0.0.1,::1' --dump-header "$folder/headers" \
      --output "$folder/body" --write-out '%{http_code}' --header @<(printf 'Authorization: Bearer %s\n' "$token") "$@") || status=000
    answer=$(tr -d '\r\n' <"$folder/body")
    wait=$(awk 'tolower($1) == "retry-after:" { seconds = $2 + 0 } END { printf "%d", (seconds > 0 ? seconds : 5) }' "$folder/headers")
    code=$(field code)
    why="$(reason) (HTTP $status${code:+ $code})"
    case $status in
      200 | 202) return ;;
      000) why='No answer.' ;;
      408 | 429 | 502 | 503 | 504) ;;
      400) fail 2 "The service rejected the request: $why" ;;
      *) fail 3 "The service rejected the request: $why" ;;
    esac
    ((SECONDS + wait <= give_up)) || fail 3 "The service does not answer: $why"
    printf '%s Retrying in %s s.\n' "$(plain "$why")" "$wait" >&2
    sleep "$wait"
  done
}

# Two readers, so that jq is not needed. Quotation marks inside JSON text are escaped, so a match is a field. The fields
# of the run itself come before those of nested objects.
field() { # NAME: the first text of this name in $answer
  grep -Eo "\"$1\": *\"[^\"]*\"" <<<"$answer" | head -n 1 | sed -E 's/.*"([^"]*)"$/\1/' || true
}
reason() { # The message of an error or result. A cancelled run has neither: the last line of its log.
  local text='"(([^"\\]|\\.)*)"'
  sed -nE -e "s/.*\"(error|result)\": *\{[^{}]*\"(message|summary)\": *$text.*/\3/p" -e t \
    -e "s/.*\"message\": *$text.*/\1/p" <<<"$answer" | sed 's/\\\(["\\]\)/\1/g'
}

# The caller chooses the run's id, so a retry after a lost response does not start a second run.
id=$( (cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen) | tr A-F a-f)
shown=${shown//\\/\\\\} shown=${shown//\"/\\\"}
ask "$service/api/runs" --header "Operation-Id: $id" --header 'Content-Type: application/json' \
  --data-raw "{\"vm\":\"$vm\",\"mode\":\"$mode\"${risk:+,\"maximumRisk\":\"$risk\"}${shown:+,\"clientError\":\"$shown\"}}"

timed_out() { # What happens to the run, and what the caller can do
  if [[ $state == awaiting-approval ]]; then
    printf 'Run %s waits for a decision until %s. Somebody with the app role Rdp.Approve decides: POST %s/api/runs/%s/decision. The VM stays reserved until then.' \
      "$id" "$(field decideByDateTime)" "$service" "$id"
  else
    printf 'Run %s continues (%s) after the time limit of %s min. Read it later: GET %s/api/runs/%s' \
      "$id" "$state" "$minutes" "$service" "$id"
  fi
}

told=''
while [[ $(field status) == NotStarted || $(field status) == Running ]]; do
  state=$(field state)
  [[ $state == "$told" ]] || printf 'Run %s: %s\n' "$id" "$(plain "$state")"
  told=$state
  ((SECONDS + wait <= deadline)) || fail 3 "$(timed_out)"
  sleep "$wait"
  ask "$service/api/runs/$id"
done

outcome=$(field outcome)
ending="Run $id: $outcome. $(reason)"
[[ $outcome == healthy || $outcome == repaired ]] || fail 1 "$ending"
printf '%s\n' "$(plain "$ending")"
