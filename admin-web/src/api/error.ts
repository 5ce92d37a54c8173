/** What the platform said when it refused, or that it did not answer in its own words. */
export class ApiError extends Error {
  /**
   * @param status HTTP status; 0 when no answer came
   * @param code the problem's code; empty when the answer has none
   * @param members the other members of the problem, such as `missingBytes`
   */
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly members: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
  }

  get isForbidden(): boolean {
    return this.status === 403;
  }

  /** Whether the same request may well succeed a little later. */
  get mayPass(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** What the reader can do about it. */
  get advice(): string {
    if (this.status === 0) {
      return 'The page goes on trying by itself. Check that the gateway runs and that you are online.';
    }
    if (this.status === 401) {
      return 'Log in again with a valid key.';
    }
    if (this.status === 403) {
      return 'Your key may not do this. Ask an admin for a key of another scope.';
    }
    if (this.status === 404) {
      return 'It may have been deleted or renamed. Go back to the list.';
    }
    if (this.status === 409 || this.status === 412) {
      return 'Somebody or something else changed it meanwhile. Reload and look at how it is now.';
    }
    if (this.status === 429) {
      const seconds = this.members['retryAfterSeconds'];
      return typeof seconds === 'number' ? `Wait ${seconds} s, then try again.` : 'Wait a moment, then try again.';
    }
    if (this.status >= 500) {
      const id = this.members['errorId'];
      return typeof id === 'string'
        ? `Try again; if it stays, the service's log says more under the error id ${id}.`
        : "Try again; if it stays, look at the service's log.";
    }
    return 'Change what you entered and try again.';
  }
}

const LONGEST_DETAIL = 2000;

/** Reads a refusal: problem+json, OpenAI's errors, or whatever else came. */
export async function errorOf(response: Response): Promise<ApiError> {
  const members: Record<string, unknown> = {};
  const after = Number(response.headers.get('Retry-After') ?? Number.NaN);
  if (Number.isFinite(after)) {
    members['retryAfterSeconds'] = after;
  }
  const unexplained = `The server answered ${response.status} without saying why.`;
  let body: unknown;
  try {
    body = JSON.parse(await response.text());
  } catch {
    return new ApiError(response.status, '', unexplained, members);
  }
  if (typeof body !== 'object' || body === null) {
    return new ApiError(response.status, '', unexplained, members);
  }
  const inner = (body as { error?: unknown }).error;
  const problem = (typeof inner === 'object' && inner !== null ? inner : body) as Record<string, unknown>;
  const detail = problem['detail'] ?? problem['message'];
  return new ApiError(
    response.status,
    typeof problem['code'] === 'string' ? problem['code'].slice(0, 100) : '',
    typeof detail === 'string' ? detail.slice(0, LONGEST_DETAIL) : unexplained,
    { ...problem, ...members },
  );
}
