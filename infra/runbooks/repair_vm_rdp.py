#!/usr/bin/env python3
"""Repairs Remote Desktop on one Azure VM through the service, and waits for the outcome.

A runbook of Azure Automation, and a script for anywhere else on Azure; Python 3.8 or later, standard library only. It
signs in as the managed identity of where it runs, which needs the app role Rdp.Repair of the service (Rdp.Read is
enough to diagnose). RDP_REMEDIATION_TOKEN, when it is set, takes the place of the sign-in; AZURE_CLIENT_ID chooses one
of several user-assigned identities.

Exit code: 0 healthy or repaired, 1 a fault remains, 2 the command was not understood, 3 the service did not do its work.
"""

import argparse
import http.client
import json
import os
import re
import sys
import time
import unicodedata
import uuid
from urllib import error, parse, request

PASSING = (408, 429, 502, 503, 504)
# A service that is silent for so long will not be back soon.
PATIENCE_SECONDS = 300


def plain(text):
    """One line that neither a terminal nor a pipeline obeys: without control and format characters and workflow commands."""
    kept = (char for char in str(text) if char.isspace() or unicodedata.category(char)[0] != "C")
    line = " ".join("".join(kept).split())
    return re.sub("^::", "> ::", re.sub(r"#{2,}(?=(vso)?\[)", "#", line, flags=re.IGNORECASE))


class NoRedirect(request.HTTPRedirectHandler):
    """A redirect would take the token elsewhere."""

    def redirect_request(self, *_):
        return None


class Failure(Exception):
    """What ends the script: with exit code 2 when the request was not understood, else 3."""

    def __init__(self, message, code=3):
        super().__init__(message)
        self.code = code


def read_arguments():
    def service(text):
        url = parse.urlsplit(text)
        loopback = url.hostname in ("localhost", "127.0.0.1", "::1")
        if not url.hostname or not (url.scheme == "https" or (url.scheme == "http" and loopback)):
            raise argparse.ArgumentTypeError("must be an https address; plain http is for this machine only")
        return text.rstrip("/")

    def minutes(text):
        if not re.fullmatch(r"[1-9]\d{0,3}", text):
            raise argparse.ArgumentTypeError("must be a number from 1 to 9999")
        return int(text)

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--service-uri", type=service, required=True, help="e.g. https://rdp.contoso.com")
    parser.add_argument("--vm-resource-id", required=True)
    parser.add_argument("--audience", help="the service's application id URI; by default as the service says")
    parser.add_argument("--mode", choices=("diagnose", "repair"), default="repair")
    parser.add_argument("--maximum-risk", help="what may be done without asking, e.g. low")
    parser.add_argument("--client-error", help='what the client shows, e.g. "0x904 0x7"')
    parser.add_argument("--timeout-minutes", type=minutes, default=60)
    return parser.parse_args()


def find_audience(service_uri):
    """What a token must be for, by the answer of the service to a request without one; None when it does not say.

    Only an application id URI is taken: another audience could be Azure itself, and the token for it would go to the service.
    """
    opener = request.build_opener(NoRedirect, *([request.ProxyHandler({})] if service_uri.startswith("http:") else []))
    try:
        with opener.open(f"{service_uri}/api/runs", timeout=60):
            return None
    except error.HTTPError as refusal:
        found = re.search(r'resource="(api://[^"\s]+)"', refusal.headers.get("WWW-Authenticate") or "")
        return found and found.group(1)
    except (OSError, http.client.HTTPException, ValueError):
        return None


def access_token(audience):
    if os.environ.get("RDP_REMEDIATION_TOKEN"):
        return os.environ["RDP_REMEDIATION_TOKEN"]
    # Azure Automation and App Service give the address of their identity endpoint. VMs have it at a fixed address.
    url, query = "http://169.254.169.254/metadata/identity/oauth2/token", {"api-version": "2018-02-01"}
    headers = {"Metadata": "true"}
    if os.environ.get("IDENTITY_ENDPOINT"):
        url, query = os.environ["IDENTITY_ENDPOINT"], {"api-version": "2019-08-01"}
        headers["X-IDENTITY-HEADER"] = os.environ.get("IDENTITY_HEADER", "")
    query["resource"] = audience
    if os.environ.get("AZURE_CLIENT_ID"):
        query["client_id"] = os.environ["AZURE_CLIENT_ID"]
    direct = request.build_opener(request.ProxyHandler({}))
    try:
        with direct.open(request.Request(f"{url}?{parse.urlencode(query)}", headers=headers), timeout=30) as answer:
            return json.load(answer)["access_token"]
    except (OSError, ValueError, KeyError) as problem:
        raise Failure(f"No access token for {audience} from the managed identity: {problem}. Outside Azure, set RDP_REMEDIATION_TOKEN.") from problem


def send(url, headers, body):
    """One request. Returns the status, 0 when there is no answer, with Retry-After and the body or what went wrong."""
    data = None if body is None else json.dumps(body).encode()
    # On its way to this machine the token passes no proxy.
    direct = [request.ProxyHandler({})] if url.startswith("http:") else []
    opener = request.build_opener(NoRedirect, *direct)
    try:
        with opener.open(request.Request(url, data, headers), timeout=60) as answer:
            return answer.status, answer.headers.get("Retry-After"), json.load(answer)
    except error.HTTPError as refusal:
        return refusal.code, refusal.headers.get("Retry-After"), refusal_text(refusal)
    except (OSError, http.client.HTTPException, ValueError) as problem:
        return 0, None, str(problem) or type(problem).__name__


def refusal_text(refusal):
    status = f"HTTP {refusal.code}"
    try:
        said = json.load(refusal)["error"]
        return f"{said['message']} ({status} {said['code']})"
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return status


def ask(arguments, deadline, path, headers=None, body=None):
    """Sends a request until it is answered. Returns the run and the seconds until the next poll."""
    give_up = min(deadline, time.monotonic() + PATIENCE_SECONDS)
    while True:
        if not arguments.audience and not os.environ.get("RDP_REMEDIATION_TOKEN"):
            arguments.audience = find_audience(arguments.service_uri)
            if not arguments.audience:
                if time.monotonic() + 5 > give_up:
                    raise Failure("The service does not say what a token must be for. Give --audience.")
                print("The service does not say yet what a token must be for. Retrying in 5 s.", file=sys.stderr, flush=True)
                time.sleep(5)
                continue
        token = {"Authorization": f"Bearer {access_token(arguments.audience)}", "Content-Type": "application/json"}
        status, retry_after, answer = send(arguments.service_uri + path, {**token, **(headers or {})}, body)
        wait = int(retry_after) if re.fullmatch(r"[1-9]\d{0,4}", retry_after or "") else 5
        if status in (200, 202):
            return answer, wait
        if status != 0 and status not in PASSING:
            raise Failure(f"The service rejected the request: {answer}", 2 if status == 400 else 3)
        if time.monotonic() + wait > give_up:
            raise Failure(f"The service does not answer: {answer}")
        print(f"{plain(answer)} Retrying in {wait} s.", file=sys.stderr, flush=True)
        time.sleep(wait)


def timed_out(arguments, run_id, run):
    """What happens to the run, and what the caller can do."""
    url = f"{arguments.service_uri}/api/runs/{run_id}"
    if run["state"] == "awaiting-approval":
        return (
            f"Run {run_id} waits for a decision until {run['decideByDateTime']}. Somebody with the app role"
            f" Rdp.Approve decides: POST {url}/decision. The VM stays reserved until then."
        )
    limit = f"the time limit of {arguments.timeout_minutes} min"
    return f"Run {run_id} continues ({run['state']}) after {limit}. Read it later: GET {url}"


def main():
    arguments = read_arguments()
    deadline = time.monotonic() + arguments.timeout_minutes * 60
    # The caller chooses the run's id, so a retry after a lost response does not start a second run.
    run_id = str(uuid.uuid4())
    order = {"vm": arguments.vm_resource_id, "mode": arguments.mode}
    if arguments.maximum_risk:
        order["maximumRisk"] = arguments.maximum_risk
    if arguments.client_error:
        order["clientError"] = arguments.client_error
    run, wait = ask(arguments, deadline, "/api/runs", {"Operation-Id": run_id}, order)

    told = None
    while run["status"] in ("NotStarted", "Running"):
        if run["state"] != told:
            print(plain(f"Run {run_id}: {run['state']}"), flush=True)
        told = run["state"]
        if time.monotonic() + wait > deadline:
            raise Failure(timed_out(arguments, run_id, run))
        time.sleep(wait)
        run, wait = ask(arguments, deadline, f"/api/runs/{run_id}")

    # A cancelled run has neither a result nor an error: its log says who cancelled it.
    reason = run.get("error", {}).get("message") or run.get("result", {}).get("summary") or run["log"][-1]["message"]
    good = run["outcome"] in ("healthy", "repaired")
    print(plain(f"Run {run_id}: {run['outcome']}. {reason}"), file=sys.stdout if good else sys.stderr)
    return 0 if good else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        print(plain(failure), file=sys.stderr)
        sys.exit(failure.code)
