/** What a rule is: one sentence of a contract, with the words that explain it and the events that break it. */
import type { Circumstances, EventKind, EventOf } from '../events/event.ts';
import type { Stack } from '../events/frame.ts';
import type { Framework, MappingFacts } from '../events/mapping.ts';
import type { Profile } from './profiles.ts';
import type { World } from './world.ts';

export const SEVERITIES = ['error', 'warning', 'advice'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** JSON values; addresses go in as hex strings. */
export type Fact = string | number | boolean | null;
export type Facts = Readonly<Record<string, Fact>>;

type Placeholders<Message extends string> = Message extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

/** Facts that fill every placeholder of the message; more are welcome. */
export type FactsFor<Message extends string> = Facts &
  Readonly<Record<Placeholders<Message>, Fact>>;

/** What a finding is about, where the event does not say it. */
export interface About {
  readonly mapping?: MappingFacts | null | undefined;
  /** Defaults to the stack of the event. */
  readonly at?: Stack;
  /** Defaults to where the mapping was made. */
  readonly bornAt?: Stack | null;
}

export type Report<Message extends string> = (
  event: Circumstances,
  facts: FactsFor<Message>,
  about?: About,
) => void;

export interface Context {
  readonly world: World;
  readonly profile: Profile;
}

type Handlers<Message extends string, State> = {
  readonly [K in EventKind]?: (
    event: EventOf<K>,
    report: Report<Message>,
    state: State,
    context: Context,
  ) => void;
};

interface Snippet {
  readonly bad: string;
  readonly good: string;
}

/** The words of a rule: all that `iospace rules` prints. */
export interface Explanation extends Snippet {
  readonly id: string;
  readonly severity: Severity;
  /** Where the sources disagree: how hard each profile takes it. */
  readonly profiles?: Readonly<Partial<Record<Profile, Severity | 'off'>>>;
  readonly framework: Framework;
  /** The obligation in one sentence. */
  readonly summary: string;
  /** What happened, with facts in braces. */
  readonly message: string;
  readonly why: string;
  readonly fix: string;
  /** What a run cannot see. */
  readonly limits: string;
  /** Documentation page, as `wdm/nf-wdm-mmunmapiospace` or `kernel/irp-mn-stop-device`. */
  readonly doc: string;
  readonly sources: readonly string[];
  /**
   * Keeps one fault to one finding: a mapping that was released wrongly (`release`) is not reported
   * for the same release twice, nor as a leak; a mapping reported as a `leak` is not reported so again.
   */
  readonly fault?: 'release' | 'leak';
}

/** A declared rule with the types of its message and state forgotten. */
export interface Rule extends Explanation {
  readonly initialState: () => unknown;
  readonly on: Handlers<string, unknown>;
}

interface Declaration<Message extends string, State> extends Omit<Explanation, 'message'> {
  readonly message: Message;
  /** Plain data, so that it can be stored and replayed. */
  readonly initialState?: () => State;
  readonly on: Handlers<Message, State>;
}

export function rule<const Message extends string, State = undefined>(
  declaration: Declaration<Message, State>,
): Rule {
  const { initialState, on, ...explanation } = declaration;
  return {
    ...explanation,
    initialState: initialState ?? (() => undefined),
    on: on as unknown as Handlers<string, unknown>,
  };
}
