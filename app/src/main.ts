import { html, render, type TemplateResult } from "lit-html";
import type { PageConfig } from "../../lib/core/page-config.ts";
import { type Api, type Caller, createApi, type Problem } from "./api.ts";
import { readConfig } from "./config.ts";
import { type Polling, poll } from "./poll.ts";
import { readRoute } from "./route.ts";
import { shell } from "./shell.ts";
import { type SignIn, signIn } from "./sign-in.ts";
import type { Context, View } from "./view.ts";
import { openLockouts } from "./views/lockouts.ts";
import { openOperation } from "./views/operation.ts";
import { openOperations } from "./views/operations.ts";
import { openRun } from "./views/run.ts";
import { openRuns } from "./views/runs.ts";
import { openStart } from "./views/start.ts";

/* The page: signs the person in, opens the view that the address names, and draws it. */

const container = document.getElementById("page");
const said = document.createElement("div");
said.className = "unseen";
said.setAttribute("role", "status");
document.body.append(said);

let config: PageConfig | null = null;
let caller: Caller | null = null;
let signedIn: SignIn | null = null;
let lost: { problem: Problem; since: number } | null = null;
let answeredAt = Date.now();
let view: View | null = null;
let place = "";
/** How many views were opened. */
let opened = 0;
let isSigningIn = false;
/** Ends what is shown, and what is asked. */
let end: () => void = () => {};
let waiting: TemplateResult = html`<h1 tabindex="-1">Signing in …</h1>`;

function draw(): void {
  if (!container) return;
  const state = {
    config,
    caller,
    place: place.split("/")[0] || "runs",
    lost,
    signOut: signedIn && signOut,
    signInAgain: signedIn && (() => void signedIn?.again()),
  };
  if (view) document.title = `${view.title()} – RDP Remediation`;
  render(shell(state, view ? view.template() : waiting), container);
}

function announce(text: string): void {
  said.textContent = text;
}

function connection(problem: Problem | null): void {
  // An answer that was under way when the person signed out.
  if (!signedIn) return;
  const was = lost;
  if (problem === null) answeredAt = Date.now();
  lost = problem && { problem, since: answeredAt };
  if ((was === null) !== (lost === null)) {
    if (was && !lost) announce("The service answers again.");
    draw();
  }
}

function openView(api: Api, settings: PageConfig, isFirst: boolean): void {
  const { path, query } = readRoute(location.hash);
  const key = path.join("/");
  if (view && key === place) {
    view.changed?.(query);
    draw();
    return;
  }
  view?.close();
  place = key;
  opened += 1;
  const own = opened;
  view = viewOf(
    contextOf(api, settings, () => own === opened),
    path,
    query,
  );
  if (isFirst) {
    setTimeout(draw);
    return;
  }
  draw();
  scrollTo(0, 0);
  container?.querySelector<HTMLElement>("h1")?.focus();
}

const idPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function viewOf(context: Context, [first = "runs", id, part]: readonly string[], query: URLSearchParams): View {
  // Another text would be a part of the request's path: "..", for example, asks for something else.
  if (id !== undefined && !idPattern.test(id)) return notFound();
  switch (first) {
    case "runs":
      return id ? openRun(context, id) : openRuns(context, query);
    case "start":
      return openStart(context, query);
    case "operations":
      if (!id) return openOperations(context);
      return part === "lockouts" ? openLockouts(context, id, query) : openOperation(context, id);
    case "lockouts":
      return openLockouts(context, null, query);
    default:
      return notFound();
  }
}

function notFound(): View {
  return {
    title: () => "Not found",
    template: () =>
      html`<h1 tabindex="-1">There is no such view</h1><p>The address may be cut off. <a href="#/runs">Show the runs</a></p>`,
    close() {},
  };
}

function stopWith(title: string, text: string, button: string, act: () => void): void {
  waiting = html`<h1 tabindex="-1">${title}</h1><p>${text}</p><button type="button" class="primary" @click=${act}>${button}</button>`;
  document.title = `${title} – RDP Remediation`;
  draw();
}

const reload = () => location.reload();

function signOut(): void {
  const leaving = signedIn;
  end();
  signedIn = caller = lost = null;
  stopWith("You have signed out", "Sign in to see the runs.", "Sign in", reload);
  leaving?.signOut();
}

async function begin(): Promise<void> {
  config = readConfig();
  // Requests leave before the page is drawn, which takes as long as an answer on a slow machine.
  setTimeout(draw);
  const { clientId } = config;
  if (clientId === null) {
    stopWith(
      "Nobody can sign in yet",
      "This page is not registered in the tenant. An administrator runs `npm run register-app -- --page <URL of this page>` and sets RDP_REMEDIATION_PAGE_CLIENT_ID.",
      "Try again",
      reload,
    );
    return;
  }
  isSigningIn = true;
  signedIn = await signIn({ ...config, clientId });
  isSigningIn = false;
  if (!signedIn) {
    stopWith("You have signed out", "Sign in to see the runs.", "Sign in", reload);
    return;
  }
  const api = createApi(signedIn);
  const settings = config;
  const listening = new AbortController();
  addEventListener("hashchange", () => openView(api, settings, false), { signal: listening.signal });
  openView(api, settings, true);
  const asking = learnCaller(api, (problem) => {
    end();
    stopWith("The page cannot be opened", problem.message, "Sign in again", () => void signedIn?.again());
  });
  end = () => {
    listening.abort();
    asking.stop();
    view?.close();
    view = null;
  };
}

/** Asks until the service has said who the person is, while the view is already read. */
function learnCaller(api: Api, refused: (problem: Problem) => void): Polling {
  const asking = poll(async () => {
    const me = await api.ask((client) => client.GET("/api/me"));
    if (!me.ok && me.problem.kind !== "refused") {
      connection(me.problem);
      return "failed";
    }
    asking.stop();
    if (!signedIn) return "done";
    if (me.ok) {
      caller = me.value;
      draw();
    } else refused(me.problem);
    return "done";
  });
  return asking;
}

/** What a view uses. An answer that comes when another view is open says nothing about the connection now. */
function contextOf(api: Api, settings: PageConfig, isOpen: () => boolean): Context {
  return {
    api,
    config: settings,
    get caller() {
      return caller;
    },
    now: api.now,
    redraw: draw,
    announce,
    connection: (problem) => isOpen() && connection(problem),
    go: (hash) => location.assign(hash),
  };
}

// The browser may have kept the page while the person was at the tenant, and show it as it was: it still waits for the tenant.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted && isSigningIn) stopWith("You are not signed in", "Sign in to see the runs.", "Sign in", reload);
});

begin().catch((error: unknown) => {
  const text = error instanceof Error ? error.message : String(error);
  stopWith("The page cannot be opened", text, "Try again", reload);
});
