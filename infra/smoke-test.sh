#!/usr/bin/env bash
# Asks a deployed service whether it answers and takes tokens of this tenant, with the sign-in of the Azure CLI:
#
#     infra/smoke-test.sh SERVICE_URL API_CLIENT_ID
#
# The caller needs no app role. Exit code 1 and one sentence when it does not; TRIES and PAUSE say how long a new app may
# take to start (20 times 15 seconds).
set -euo pipefail
url=${1:?SERVICE_URL API_CLIENT_ID} client=${2:?SERVICE_URL API_CLIENT_ID}
body=$(mktemp)
trap 'rm -f "$body"' EXIT

# ask PATH [TOKEN]: the status; the body is in $body.
ask() {
  curl --silent --output "$body" --write-out '%{http_code}' --max-time 30 ${2:+--header "Authorization: Bearer $2"} "$url$1" || true
}

# The error code of our own answer. What stands before the app (its sign-in, its access restrictions) has none.
code() {
  jq --raw-output '.error.code // empty' "$body" 2>/dev/null || true
}

fail() {
  echo "$1" >&2
  exit 1
}

for ((tries = ${TRIES:-20}; ; tries--)); do
  status=$(ask /api/health)
  [[ $status == 200 ]] && break
  [[ $status == 403 && -z $(code) ]] && fail "The access restrictions of the app do not let this machine in. Run this from an address of allowedCallers."
  ((tries > 1)) || fail "The service does not answer: $url/api/health gives $status. Look at the log of the Functions app."
  sleep "${PAUSE:-15}"
done

token=$(az account get-access-token --scope "api://$client/.default" --query accessToken --output tsv) ||
  fail "There is no token for api://$client. Sign in with az login, and make the app registration with npm run register-app."
status=$(ask /api/runs "$token")
case $status in
  200) echo "The service answers, and takes this sign-in." ;;
  403) [[ -n $(code) ]] || fail "The access restrictions of the app answer 403." && echo "The service answers, and takes tokens of this tenant; this sign-in has no app role." ;;
  401) [[ -n $(code) ]] && fail "The service does not take the token ($(code)): compare the audience and the tenant with its settings." ||
    fail "The sign-in in front of the app does not take the token, as with tokens of version 1. Run npm run register-app." ;;
  *) fail "The service answers $status: $(head --bytes 300 "$body")" ;;
esac
