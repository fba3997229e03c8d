/** What the answer to one operation means. */
import { isAboutContainer } from '../run-info.ts';
import type { Answer } from './gathered.ts';
import type { AskAgain } from './paid-request.ts';

export const isDone = ({ status }: Pick<Answer, 'status'>): boolean => status >= 200 && status < 300;

export const isPutOff = (
  answer: Pick<Answer, 'status' | 'ru' | 'retryAfterMs'>,
): answer is Pick<Answer, 'ru' | 'retryAfterMs'> & { status: AskAgain['status'] } =>
  answer.status === 429 || answer.status === 449;

/** A 404 that says nothing of the document. */
export const isOfContainer = ({ status, substatus }: Answer): boolean =>
  status === 404 && isAboutContainer(substatus);

/** Cosmos need not say how long: a second of budget comes every second, and writers that met are past each other soon. */
const RETRY_AFTER_MS = { 429: 1000, 449: 10 } as const;

/** Cosmos did nothing and asks to be asked again. */
export const askedAgain = ({
  status,
  ru,
  retryAfterMs,
}: Pick<Answer, 'ru' | 'retryAfterMs'> & { status: AskAgain['status'] }): AskAgain => ({
  kind: 'ask-again',
  status,
  ru,
  retryAfterMs: retryAfterMs ?? RETRY_AFTER_MS[status],
});

/** As the SDK throws it for a request of its own. */
export const outageOf = ({ status, substatus, message }: Answer): Error =>
  Object.assign(new Error(message || `Cosmos DB answers ${status}`), { code: status, substatus });
