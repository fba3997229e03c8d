/** Why a request cannot be answered, in words for whoever made it: what, where, and what to do. */
export class RequestProblem extends Error {
  readonly status: number;
  readonly title: string;
  readonly more: MoreOfProblem;

  /** @param detail where it is wrong, and what to do about it; no more of the request than is needed to find it. */
  constructor(status: number, title: string, detail: string, more: MoreOfProblem = {}) {
    super(detail);
    this.status = status;
    this.title = title;
    this.more = more;
  }
}

export const notThere = (detail: string): RequestProblem =>
  new RequestProblem(404, 'It is not there', detail);
export const unusable = (detail: string): RequestProblem =>
  new RequestProblem(400, 'The request cannot be used', detail);

/** What helps a program on. */
export interface MoreOfProblem {
  /** In seconds: when to ask again. */
  retryAfter?: number;
  /** Path of this app at which people sign in. */
  signIn?: string;
}
