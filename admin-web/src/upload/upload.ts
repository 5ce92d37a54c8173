import { call, json, url } from '../api/client';
import { ApiError } from '../api/error';
import type { Upload } from '../api/types';

/** How far the sending is. */
export interface Progress {
  sentBytes: number;
  totalBytes: number;
  /** The file that is being sent. */
  name: string;
  /** Why nothing is sent just now; empty while it goes on. */
  waiting: string;
}

const FIRST_PIECE_BYTES = 1024 * 1024;
const LARGEST_PIECE_BYTES = 8 * 1024 * 1024;
const SMALLEST_PIECE_BYTES = 64 * 1024;
/** Pieces grow while each takes less than this, so that lines of any speed show progress and lose little. */
const QUICK_MILLIS = 1000;
const SLOW_MILLIS = 5000;
const PIECE_PATIENCE_MILLIS = 60_000;
const FIRST_REST_MILLIS = 500;
const LONGEST_REST_MILLIS = 15_000;
const MOST_DAMAGED = 3;
const ANEW = ['UPLOAD_DAMAGED', 'UPLOAD_OFFSET_DIFFERS'];

/** The server has no room or no wish to go on; waiting does not help. */
const FINAL = ['STORAGE_FULL', 'UPLOAD_TOO_LARGE', 'UPLOAD_NOT_FOUND'];

function path(id: string, rest: string): string {
  return `${url(['/api/v1/uploads', id])}/${rest}`;
}

/** Waits, but no longer than until the browser is online again. */
function rest(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      window.removeEventListener('online', end);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, millis);
    window.addEventListener('online', end);
    signal.addEventListener('abort', end);
  });
}

/** Tries until it works or cannot; in between it says why it waits. */
async function persist<T>(attempt: () => Promise<T>, signal: AbortSignal, onWait: (why: string) => void): Promise<T> {
  let millis = FIRST_REST_MILLIS;
  for (;;) {
    try {
      const result = await attempt();
      onWait('');
      return result;
    } catch (cause) {
      const mayPass = cause instanceof ApiError && (cause.mayPass || cause.status === 408 || cause.code === 'UPLOAD_BUSY') && !FINAL.includes(cause.code);
      if (signal.aborted || !mayPass) {
        throw cause;
      }
      onWait(cause.status === 0 ? 'The connection is lost; it goes on by itself when it is back.' : cause.message);
      const asked = cause.members['retryAfterSeconds'];
      await rest(typeof asked === 'number' ? Math.min(30, asked) * 1000 : millis, signal);
      signal.throwIfAborted();
      millis = Math.min(LONGEST_REST_MILLIS, millis * 2);
    }
  }
}

async function digestOf(piece: Uint8Array<ArrayBuffer>): Promise<Record<string, string>> {
  // Pages that came by plain HTTP from another machine have no cryptography; the server then checks lengths alone.
  if (typeof crypto.subtle === 'undefined') {
    return {};
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', piece));
  return { 'Content-Digest': `sha-256=:${btoa(String.fromCharCode(...digest))}:` };
}

/** Reads a piece of a file, or says that the file is not what was chosen any more. */
async function read(file: File, from: number, to: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const content = new Uint8Array(await file.slice(from, to).arrayBuffer());
    if (content.length === to - from) {
      return content;
    }
  } catch {
    // Said below.
  }
  throw new ApiError(400, '', `${file.name} was changed or moved since it was chosen. Choose the files again.`);
}

/**
 * Sends what the server does not have yet of the files of an upload, and completes it. A connection that is lost is waited for; where
 * to go on is always asked of the server.
 */
export async function send(upload: Upload, files: ReadonlyMap<string, File>, signal: AbortSignal, onProgress: (progress: Progress) => void): Promise<Upload> {
  let pieceBytes = FIRST_PIECE_BYTES;
  const offsets = new Map(upload.files.map((item) => [item.name, item.offsetBytes]));
  let name = '';
  const tell = (waiting = '') => {
    const sentBytes = [...offsets.values()].reduce((sum, offset) => sum + offset, 0);
    onProgress({ sentBytes, totalBytes: upload.sizeBytes, name, waiting });
  };
  for (const item of upload.files) {
    const file = files.get(item.name);
    if (!file || file.size !== item.sizeBytes) {
      throw new ApiError(400, '', `${item.name} is missing or has another size than at first. Choose the same files again.`);
    }
    name = item.name;
    const at = path(upload.id, `files/${encodeURIComponent(item.name)}`);
    let isSure = true;
    let damaged = 0;
    while ((offsets.get(name) ?? 0) < item.sizeBytes) {
      tell();
      const began = performance.now();
      const reached = await persist(
        async () => {
          if (!isSure) {
            const head = await call(at, { method: 'HEAD', signal });
            offsets.set(name, offsetIn(head, offsets.get(name) ?? 0));
            isSure = true;
          }
          const from = offsets.get(name) ?? 0;
          const to = Math.min(item.sizeBytes, from + pieceBytes);
          if (from >= to) {
            return from;
          }
          isSure = false;
          const reachedNow = await put(at, await read(file, from, to), from, signal);
          isSure = true;
          return reachedNow;
        },
        signal,
        (why) => {
          if (why) {
            pieceBytes = Math.max(SMALLEST_PIECE_BYTES, pieceBytes / 2);
          }
          tell(why);
        },
      ).catch((cause: unknown) => {
        // What the server holds is what counts: it is asked, and the piece is sent once more.
        damaged += 1;
        if (cause instanceof ApiError && ANEW.includes(cause.code) && damaged < MOST_DAMAGED) {
          isSure = false;
          return offsets.get(name) ?? 0;
        }
        throw cause;
      });
      if (reached > (offsets.get(name) ?? 0)) {
        damaged = 0;
      }
      offsets.set(name, reached);
      const took = performance.now() - began;
      pieceBytes = took < QUICK_MILLIS ? pieceBytes * 2 : took > SLOW_MILLIS ? pieceBytes / 2 : pieceBytes;
      pieceBytes = Math.round(Math.min(LARGEST_PIECE_BYTES, upload.maxPieceBytes, Math.max(SMALLEST_PIECE_BYTES, pieceBytes)));
    }
    tell();
  }
  return persist(() => json<Upload>(path(upload.id, 'complete'), { method: 'POST', signal, patienceMillis: 120_000 }), signal, tell);
}

async function put(at: string, piece: Uint8Array<ArrayBuffer>, offset: number, signal: AbortSignal): Promise<number> {
  const headers = { 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream', ...(await digestOf(piece)) };
  const answer = await call(at, { method: 'PATCH', body: piece, headers, signal, patienceMillis: PIECE_PATIENCE_MILLIS });
  return offsetIn(answer, offset + piece.length);
}

function offsetIn(answer: Response, otherwise: number): number {
  const header = answer.headers.get('Upload-Offset');
  const offset = Number(header);
  return header !== null && Number.isSafeInteger(offset) && offset >= 0 ? offset : otherwise;
}
