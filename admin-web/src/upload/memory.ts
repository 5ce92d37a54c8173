import { json, url } from '../api/client';
import { ApiError } from '../api/error';
import type { Upload } from '../api/types';

const STORED = 'bitstack.uploads';
const MOST = 10;

function remembered(): string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(STORED) ?? '[]');
    return Array.isArray(value) ? value.filter((id): id is string => typeof id === 'string').slice(0, MOST) : [];
  } catch {
    return [];
  }
}

/** Remembers an upload, so that it can be gone on with after the page was closed. */
export function remember(id: string): void {
  localStorage.setItem(STORED, JSON.stringify([id, ...remembered().filter((other) => other !== id)].slice(0, MOST)));
}

export function forget(id: string): void {
  localStorage.setItem(STORED, JSON.stringify(remembered().filter((other) => other !== id)));
}

/** The uploads of this browser that are not done yet; those that the server does not know any more are forgotten. */
export async function unfinished(signal?: AbortSignal): Promise<Upload[]> {
  const found: Upload[] = [];
  for (const id of remembered()) {
    try {
      const upload = await json<Upload>(url(['/api/v1/uploads', id]), { signal });
      if (upload.state === 'open') {
        found.push(upload);
      }
    } catch (cause) {
      if (!(cause instanceof ApiError && (cause.status === 404 || cause.status === 403))) {
        throw cause;
      }
      forget(id);
    }
  }
  return found;
}

/** Whether these are the very files of an upload, by names and sizes. */
export function isOf(upload: Upload, files: readonly File[]): boolean {
  const sizes = new Map(files.map((file) => [file.name, file.size]));
  return upload.files.length === files.length && upload.files.every((item) => sizes.get(item.name) === item.sizeBytes);
}

/** The upload for these files: the one that was begun before, or a new one. */
export async function uploadFor(files: readonly File[], signal: AbortSignal): Promise<Upload> {
  const begun = (await unfinished(signal)).find((upload) => isOf(upload, files));
  if (begun) {
    return begun;
  }
  const upload = await json<Upload>('/api/v1/uploads', {
    method: 'POST',
    body: { files: files.map((file) => ({ name: file.name, sizeBytes: file.size })) },
    signal,
  });
  remember(upload.id);
  return upload;
}
