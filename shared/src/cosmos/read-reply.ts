/** What the answer to a point read comes to: the document, or that there is none; to ask again; or an outage. */
import type { Archived } from '../archive/columns.ts';
import { askedAgain, isDone, isOfContainer, isPutOff, outageOf } from './answer.ts';
import type { Answer } from './gathered.ts';
import type { AskAgain } from './paid-request.ts';

export interface ReadReply {
  kind: 'done';
  ru: number;
  document: Archived | undefined;
}

/** @throws the outage. */
export function readReply(answer: Answer): ReadReply | AskAgain {
  if (isDone(answer)) return { kind: 'done', ru: answer.ru, document: answer.document as Archived };
  if (answer.status === 404 && !isOfContainer(answer))
    return { kind: 'done', ru: answer.ru, document: undefined };
  if (isPutOff(answer)) return askedAgain(answer);
  throw outageOf(answer);
}
