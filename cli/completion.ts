import { commandNames, commandOf } from "./command-table.ts";
import { type FlagName, flagNames, flagOf } from "./flags.ts";

export const shells = ["bash", "zsh", "powershell"] as const;
export type Shell = (typeof shells)[number];

/** What a word may be: by the flag before it, else by the command. All of it comes from the tables of commands and flags. */
interface Words {
  /** The values of a flag; empty: free text, for which nothing is proposed. */
  readonly ofFlag: ReadonlyMap<FlagName, readonly string[]>;
  /** By the name of a command, or the first word of several: `fleet`. */
  readonly ofCommand: ReadonlyMap<string, readonly string[]>;
}

/** The first words of all commands. */
const firstWords = [...new Set(commandNames.map((name) => name.split(" ")[0] ?? name))];

const programs = ["rdp-remediation", "rdpfix"];

/** The script that makes a shell complete commands, flags and the values that are known. `worlds`: the shipped ones. */
export function completionScript(shell: Shell, worlds: readonly string[]): string {
  const words = wordsOf(worlds);
  switch (shell) {
    case "bash":
      return bashScript(words);
    case "zsh":
      return zshScript(words);
    case "powershell":
      return powershellScript(words);
  }
}

function wordsOf(worlds: readonly string[]): Words {
  const values = flagNames.filter((name) => flagOf(name).value);
  const operands: Partial<Record<string, readonly string[]>> = { WORLD: worlds, SHELL: shells };
  return {
    ofFlag: new Map(values.map((name) => [name, name === "sandbox" ? worlds : (flagOf(name).choices ?? [])])),
    ofCommand: new Map<string, readonly string[]>([
      ...firstWords.map((word) => [word, secondWordsOf(word)] as const),
      ...commandNames.map((name) => {
        const { operand = "", flags } = commandOf(name);
        return [name, [...(operands[operand] ?? []), ...flags.map((flag) => `--${flag}`), "--help"]] as const;
      }),
    ]),
  };
}

function secondWordsOf(first: string): string[] {
  return commandNames.flatMap((name) => (name.startsWith(`${first} `) ? name.slice(first.length + 1) : []));
}

/** As patterns of a shell's `case`: names of two words are quoted. */
function patternsOf(names: Iterable<string>): string {
  return [...names].map(patternOf).join("|");
}

function patternOf(name: string): string {
  return name.includes(" ") ? `"${name}"` : name;
}

function bashScript({ ofFlag, ofCommand }: Words): string {
  return `# rdp-remediation: completion for bash. Put into ~/.bashrc:
#   source <(rdp-remediation completion bash)
_rdp_remediation() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="" word="" words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    word="\${command:+$command }$word"
    case "$word" in ${patternsOf(ofCommand.keys())}) command="$word" ;; esac
  done
  case "$previous" in
${[...ofFlag].map(([flag, values]) => `    --${flag}) words="${values.join(" ")}" ;;`).join("\n")}
    *)
      case "$command" in
${[...ofCommand].map(([command, words]) => `        ${patternOf(command)}) words="${words.join(" ")}" ;;`).join("\n")}
        *) words="${firstWords.join(" ")} --help --version" ;;
      esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _rdp_remediation ${programs.join(" ")}
`;
}

function zshScript({ ofFlag, ofCommand }: Words): string {
  return `#compdef ${programs.join(" ")}
# rdp-remediation: completion for zsh. Put into ~/.zshrc, after compinit:
#   source <(rdp-remediation completion zsh)
_rdp_remediation() {
  local command="" word=""
  for word in "\${(@)words[2,CURRENT-1]}"; do
    word="\${command:+$command }$word"
    case "$word" in (${patternsOf(ofCommand.keys())}) command="$word" ;; esac
  done
  case "\${words[CURRENT-1]}" in
${[...ofFlag].map(([flag, values]) => `    (--${flag}) ${values.length > 0 ? `compadd -- ${values.join(" ")}` : "_files"} ;;`).join("\n")}
    (*)
      case "$command" in
${[...ofCommand].map(([command, words]) => `        (${patternOf(command)}) compadd -- ${words.join(" ")} ;;`).join("\n")}
        (*) compadd -- ${firstWords.join(" ")} --help --version ;;
      esac ;;
  esac
}
compdef _rdp_remediation ${programs.join(" ")}
`;
}

function powershellScript({ ofFlag, ofCommand }: Words): string {
  const table = (rows: [string, readonly string[]][]) =>
    rows.map(([name, words]) => `        '${name}' = @(${words.map((word) => `'${word}'`).join(", ")})`).join("\n");
  return `# rdp-remediation: completion for PowerShell. Put into $PROFILE:
#   rdp-remediation completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName ${programs.join(", ")} -ScriptBlock {
    param($WordToComplete, $CommandAst, $CursorPosition)
    $OfFlag = @{
${table([...ofFlag].map(([flag, values]) => [`--${flag}`, values]))}
    }
    $OfCommand = @{
${table([...ofCommand])}
    }
    $Before = @($CommandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $CursorPosition } | ForEach-Object { "$_" })
    $Command = ''
    foreach ($Word in ($Before | Select-Object -Skip 1)) {
        $Next = "$Command $Word".Trim()
        if ($OfCommand.ContainsKey($Next)) { $Command = $Next }
    }
    $Words = @(${[...firstWords, "--help", "--version"].map((word) => `'${word}'`).join(", ")})
    if ($OfFlag.ContainsKey($Before[-1])) { $Words = $OfFlag[$Before[-1]] }
    elseif ($Command) { $Words = $OfCommand[$Command] }
    $Words | Where-Object { $_.StartsWith($WordToComplete) } | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
    }
}
`;
}
