/** How devices of a run are named in events and reports. */

/** `edu#1`: the model and which of its kind in the run. */
export const attachedSubject = (model: string, n: number): string => `${model}#${n}`;
