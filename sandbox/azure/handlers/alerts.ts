import { z } from "zod";
import { invalidParameter, invalidRequestContent } from "../arm-error.ts";
import { jsonReply, type Reply } from "../http.ts";
import type { ReceivedAlert, ReceivedAlerts } from "../received-alerts.ts";
import type { Handler, Route } from "../route.ts";

const AlertState = z.enum(["New", "Acknowledged", "Closed"]);
const StateChange = z.strictObject({ comment: z.string().optional() }).optional();

const readAlert: Handler = ({ path }, { alerts, now }) => describeAlert(alertOf(path, alerts), now());

const changeState: Handler = ({ path, query, body }, { alerts, now }) => {
  const state = AlertState.safeParse(query.get("newState"));
  if (!state.success) return invalidParameter(`The value of newState is invalid: '${query.get("newState")}'.`);
  const change = StateChange.safeParse(body);
  if (!change.success) return invalidRequestContent(z.prettifyError(change.error));
  const before = alertOf(path.replace(/\/changestate\/?$/i, ""), alerts);
  const comments = change.data?.comment ? [...before.comments, change.data.comment] : before.comments;
  const told = { ...before, state: state.data, comments };
  alerts.set(told.id.toLowerCase(), told);
  return describeAlert(told, now());
};

/** The sandbox has no alert rules, so every id is accepted as that of a fired alert. */
function alertOf(id: string, alerts: ReceivedAlerts): ReceivedAlert {
  return alerts.get(id.toLowerCase()) ?? { id, state: "New", comments: [] };
}

function describeAlert({ id, state }: ReceivedAlert, now: Date): Reply {
  return jsonReply({
    id,
    name: id.split("/").at(-1),
    type: "Microsoft.AlertsManagement/alerts",
    properties: {
      essentials: { alertState: state, monitorCondition: "Fired", lastModifiedDateTime: now.toISOString() },
    },
  });
}

const alert = "/subscriptions/{subscription}/providers/Microsoft.AlertsManagement/alerts/{alert}";
const action = "Microsoft.AlertsManagement/alerts";
const apiVersions = ["2019-03-01", "2025-05-25-preview"];

/** The part of Alerts Management that changes the state of an alert and adds comments. */
export const alertRoutes: readonly Route[] = [
  { method: "GET", path: alert, action: `${action}/read`, apiVersions, handle: readAlert },
  {
    method: "POST",
    path: `${alert}/changestate`,
    action: `${action}/changestate/action`,
    apiVersions,
    handle: changeState,
  },
];
