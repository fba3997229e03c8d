/** Whether anything was done in a span: for spans of looks that mostly find nothing to do, and then are not worth telling. */
import { context, createContextKey, type Context } from '@opentelemetry/api';

const KEY = createContextKey('something was done');

export interface NotedWork {
  done: boolean;
}

/** The context in which what is done is noted there, and in the notes of the spans around it. */
export function notingWork(parent: Context, noted: NotedWork): Context {
  const around = (parent.getValue(KEY) ?? []) as readonly NotedWork[];
  return parent.setValue(KEY, [...around, noted]);
}

/** Notes that something was done: an entry was logged, a message or a call was sent, a document was changed. */
export function noteWork(): void {
  for (const noted of (context.active().getValue(KEY) ?? []) as readonly NotedWork[]) noted.done = true;
}
