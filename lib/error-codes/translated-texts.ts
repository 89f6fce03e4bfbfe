import type { CodeSourceId } from "./code-sources.ts";
import type { DialogText } from "./dialog-text.ts";
import type { TopicId } from "./topics.ts";

type Row = readonly [words: string, says: string, topic: TopicId, source?: CodeSourceId];

/** The most common sentences in German. */
const german: readonly Row[] = [
  ["keine verbindung mit dem remotecomputer herstellen", "no connection, without a reason", "not-named"],
  ["aus einem der folgenden grunde", "no connection, for one of three reasons", "no-connection"],
  ["ein interner fehler ist aufgetreten", "an internal error", "internal"],
  [
    "angeforderte funktion wird nicht unterstutzt",
    "the requested function is not supported",
    "credssp-update",
    "germanFunctionReport",
  ],
  ["lokale sicherheitsautoritat", "the Local Security Authority cannot be contacted", "no-authority"],
  ["authentifizierung auf netzwerkebene", "the server requires NLA", "nla-client", "mustAuthenticateGerman"],
  ["anmeldeversuch ist fehlgeschlagen", "the log-on failed", "password", "germanLogOnReport"],
  ["anmeldeinformationen funktionieren nicht", "the credentials were refused", "password", "germanCredentialsReport"],
  ["nicht fur die remoteanmeldung autorisiert", "the account has no right for Remote Desktop", "log-on-right"],
  ["hat den typ der anmeldung", "the account may not log on in this way", "log-on-type", "mustAuthenticateGerman"],
  ["vertrauensstellung zwischen dieser arbeitsstation", "the trust with the domain is broken", "domain-trust"],
  ["keine remotedesktoplizenzserver", "no licence server is available", "licence"],
  ["benutzerprofil kann nicht geladen", "the profile of the user could not be loaded", "profile"],
];

/** The most common sentences in French. */
const french: readonly Row[] = [
  ["ordinateur ne peut pas se connecter a lordinateur distant", "no connection, without a reason", "not-named"],
  ["lune des raisons suivantes", "no connection, for one of three reasons", "no-connection"],
  ["une erreur interne sest produite", "an internal error", "internal"],
  ["fonction demandee nest pas prise en charge", "the requested function is not supported", "credssp-update"],
  ["lautorite de securite locale", "the Local Security Authority cannot be contacted", "no-authority"],
  ["authentification au niveau du reseau", "the server requires NLA", "nla-client", "mustAuthenticateFrench"],
  ["tentative douverture de session a echoue", "the log-on failed", "password"],
  ["informations didentification nont pas fonctionne", "the credentials were refused", "password"],
  [
    "le compte dutilisateur nest pas autorise",
    "the account has no right for Remote Desktop",
    "log-on-right",
    "accessDeniedFrench",
  ],
  [
    "besoin du droit de vous connecter",
    "the account has no right for Remote Desktop",
    "log-on-right",
    "accessDeniedFrench",
  ],
  [
    "a restreint le type douverture de session",
    "the account may not log on in this way",
    "log-on-type",
    "mustAuthenticateFrench",
  ],
  ["relation dapprobation entre cette station", "the trust with the domain is broken", "domain-trust"],
  ["service de profil utilisateur", "the profile of the user could not be loaded", "profile"],
];

/** Sentences of clients in other languages, by some of their words without accents and apostrophes. */
export const translatedTexts: readonly DialogText[] = [...german, ...french].map(
  ([words, says, topic, source = "translations"]) => ({ words, says, topic, source }),
);
