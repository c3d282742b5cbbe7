/** Keeps what a report wants of a run's events: prints, remarks, traffic, and which map calls happened. */
import type { Event } from '../events/event.ts';
import { Remarks } from './remarks.ts';
import { TrafficSums } from './traffic.ts';

/** Lines of DbgPrint kept of one run. */
const MAX_PRINTS = 1000;

export class Recorder {
  readonly debugPrint: string[] = [];
  /** Lines beyond those that are kept. */
  debugPrintDropped = 0;
  readonly remarks = new Remarks();
  readonly traffic = new TrafficSums();
  /** RVAs after map calls in the driver, by its module name. */
  readonly mapReturns = new Set<number>();
  readonly #module: string;
  readonly #next: (event: Event) => void;

  constructor(module: string, next: (event: Event) => void) {
    this.#module = module;
    this.#next = next;
  }

  readonly see = (event: Event): void => {
    if (event.kind === 'map' || event.kind === 'map-failed') this.#noteSite(event);
    if (event.kind === 'debug-print') this.#print(event.text);
    this.remarks.see(event);
    this.traffic.see(event);
    this.#next(event);
  };

  #print(text: string): void {
    if (this.debugPrint.length === MAX_PRINTS) this.debugPrintDropped += 1;
    else this.debugPrint.push(text.replace(/\r?\n$/, ''));
  }

  #noteSite(event: Event): void {
    const [caller] = event.at;
    if (caller?.module === this.#module) this.mapReturns.add(Number(caller.offset));
  }
}
