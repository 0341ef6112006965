import type { Explanation, Fact } from "./explanation.ts";

/** An explanation as lines for people. The first three: what it is, its state with the cause, and the turn. */
export function printExplanation(explanation: Explanation): string {
  const { what, state, turn } = explanation;
  const lines = [what, state, `Whose turn: ${turn.whose}. ${turn.remedy}`.trim()];
  return `${[...lines, ...sectionsOf(explanation)].map(printable).join("\n")}\n`;
}

/** Text of others cannot move the cursor, change colours or begin a line. */
function printable(line: string): string {
  return line.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\u{fffd}");
}

function sectionsOf(explanation: Explanation): readonly string[] {
  const { revision, generation, plugs, places, failure, restless, message = "", meaning, reason } = explanation;
  return [
    ...section("Reason", reason === undefined ? [] : [`${reason}${meaning === undefined ? "" : `: ${meaning}`}`]),
    ...section("Message", message.includes("\n") ? message.split("\n") : []),
    ...section("Revision", revision === undefined ? [] : revisionLines(revision, generation)),
    ...section("Plugs", plugs === undefined ? [] : plugLines(plugs)),
    ...section("Places", places === undefined ? [] : [`${places.granted} of ${places.limit} are taken`]),
    ...section("Config and result inputs", table(explanation.inputs)),
    ...section("Resources", table(explanation.resources)),
    ...section("Waits for", table(explanation.waits)),
    ...section("Hooks", explanation.hooks),
    ...section("Last failure", failure === undefined ? [] : failureLines(failure)),
    ...section(
      "Restless",
      restless === undefined
        ? []
        : [
            `${restless.count} stages ran again without an edit since ${restless.since}${restless.by === undefined ? "" : `: ${restless.by}`}`,
          ],
    ),
    ...section(
      "Warnings",
      explanation.warnings.flatMap(({ reason, note, at, remedy }) => [
        ...`${at}  ${reason}: ${note}`.split("\n"),
        ...(remedy === "" ? [] : [`  ${remedy}`]),
      ]),
    ),
    ...section("Conditions", conditionLines(explanation.conditions)),
    ...section("Next", explanation.next === undefined ? [] : [explanation.next]),
    ...section(
      "Could not be read",
      explanation.unread.map(({ what, why }) => `${what}: ${why}`),
    ),
  ];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", `${title}:`, ...lines.map((line) => `  ${line}`)];
}

function revisionLines(
  { resolved, performed }: NonNullable<Explanation["revision"]>,
  { current, observed }: Explanation["generation"],
): readonly string[] {
  const edited = observed !== undefined && current !== observed;
  return [
    resolved === undefined ? "no revision is resolved yet" : `revision ${resolved} is resolved`,
    performed === undefined ? "no revision is performed" : `revision ${performed} is performed`,
    ...(edited ? [`generation ${current} was edited; Plugboard last looked at generation ${observed}`] : []),
  ];
}

function plugLines({ coupled, onTheirWay, waiting, failed, first, namespaces }: NonNullable<Explanation["plugs"]>) {
  const count = (label: string, number: number, key: string): string =>
    `${String(number).padStart(5)} ${label}${first[key] === undefined ? "" : `, first: ${first[key]}`}`;
  const total = coupled + onTheirWay + waiting + failed;
  const where =
    namespaces.length > 10
      ? `${namespaces.slice(0, 10).join(", ")} and ${namespaces.length - 10} more`
      : namespaces.join(", ");
  return [
    count("coupled", coupled, "coupled"),
    count("on their way", onTheirWay, "onTheirWay"),
    count("waiting", waiting, "waiting"),
    count("failed", failed, "failed"),
    total === 0
      ? "an edit of the socket concerns no plug"
      : `an edit of the socket concerns ${total === 1 ? "1 plug" : `${total} plugs`} in ${where}`,
  ];
}

function failureLines({
  stage,
  reason,
  attempts,
  retryAt,
  inWay,
  answer,
  remedy,
}: NonNullable<Explanation["failure"]>) {
  return [
    `${stage}: ${reason}${attempts === undefined ? "" : `, ${attempts === 1 ? "1 attempt" : `${attempts} attempts`}`}`,
    ...(answer === undefined ? [] : [`answer of the API server: ${answer}`]),
    ...(inWay === undefined ? [] : [`object in the way: ${inWay}`]),
    retryAt === undefined ? "not retried until something changes" : `next attempt: ${retryAt}`,
    ...(remedy === "" ? [] : [remedy]),
  ];
}

function conditionLines(conditions: Explanation["conditions"]): readonly string[] {
  const width = Math.max(0, ...conditions.map(({ type }) => type.length));
  return conditions.map(
    ({ type, status, reason = "", lastTransitionTime = "" }) =>
      `${type.padEnd(width)}  ${status.padEnd(5)}  ${reason}, since ${lastTransitionTime}`,
  );
}

function table(facts: readonly Fact[]): readonly string[] {
  const width = (field: (fact: Fact) => string): number => Math.max(0, ...facts.map((fact) => field(fact).length));
  const [sides, names] = [width(({ side = "" }) => side), width(({ what }) => what)];
  return facts.map(({ side = "", what, state, note }) =>
    [side.padEnd(sides), what.padEnd(names), note === undefined ? state : `${state} (${note})`]
      .filter((cell) => cell.trim() !== "" || sides > 0)
      .join("  ")
      .trim(),
  );
}
