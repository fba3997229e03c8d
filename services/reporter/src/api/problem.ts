/** Why a request cannot be answered, in words for whoever made it: what, where, and what to do. */
export class RequestProblem extends Error {
  readonly status: number;
  readonly title: string;

  /** @param detail where it is wrong, and what to do about it; no more of the request than is needed to find it. */
  constructor(status: number, title: string, detail: string) {
    super(detail);
    this.status = status;
    this.title = title;
  }
}

export const notThere = (detail: string): RequestProblem =>
  new RequestProblem(404, 'It is not there', detail);
export const unusable = (detail: string): RequestProblem =>
  new RequestProblem(400, 'The request cannot be used', detail);
