// @vitest-environment jsdom
import { ApiError } from '../api/error';
import { fit } from './files';
import { isOf, remember, unfinished, uploadFor } from './memory';
import type { Upload } from '../api/types';
import { send, type Progress } from './upload';

type Trouble = 'lost before' | 'lost after' | 'damaged' | 'busy' | 'full';

const waking: ReturnType<typeof setTimeout>[] = [];

/** The browser says that it is online again, so that nobody has to wait in these tests. */
function backOnline() {
  waking.push(setTimeout(() => window.dispatchEvent(new Event('online')), 5));
}

// What a test did not wait for would come when there is no browser any more.
afterEach(() => waking.splice(0).forEach(clearTimeout));

/** A server of the contract, in memory; the tests make it lose connections. */
class Server {
  held = new Map<string, number[]>();
  upload: Upload | null = null;
  troubles: Trouble[] = [];
  requests: string[] = [];

  readonly fetch = async (path: string, init: RequestInit): Promise<Response> => {
    const method = init.method ?? 'GET';
    this.requests.push(`${method} ${path.replace('/api/v1/uploads', '')}`);
    if (path === '/api/v1/uploads' && method === 'POST') {
      const { files } = JSON.parse(String(init.body)) as { files: { name: string; sizeBytes: number }[] };
      this.upload = { id: 'u1', state: 'open', sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0), receivedBytes: 0, maxPieceBytes: 1 << 25, direct: false, createdAt: '', files: files.map((file) => ({ ...file, offsetBytes: 0 })) };
      return this.answer(201, this.upload);
    }
    if (!this.upload || !path.startsWith(`/api/v1/uploads/${this.upload.id}`)) {
      return this.answer(404, { code: 'UPLOAD_NOT_FOUND', detail: 'no such upload' });
    }
    const name = /files\/(.+)$/.exec(path)?.[1];
    if (!name) {
      if (path.endsWith('/complete')) {
        this.upload.state = 'complete';
      }
      return this.answer(200, { ...this.upload, files: this.upload.files.map((file) => ({ ...file, offsetBytes: this.held.get(file.name)?.length ?? 0 })) });
    }
    const content = this.held.get(name) ?? [];
    if (method === 'HEAD') {
      return new Response(null, { status: 200, headers: { 'Upload-Offset': String(content.length) } });
    }
    return this.take(name, content, init);
  };

  private take(name: string, content: number[], init: RequestInit): Response {
    const trouble = this.troubles.shift();
    if (trouble === 'lost before' || trouble === 'lost after') {
      if (trouble === 'lost after') {
        this.held.set(name, [...content, ...this.bytes(init)]);
      }
      backOnline();
      throw new TypeError('network');
    }
    if (trouble) {
      const [status, code] = { damaged: [422, 'UPLOAD_DAMAGED'], busy: [409, 'UPLOAD_BUSY'], full: [507, 'STORAGE_FULL'] }[trouble] as [number, string];
      backOnline();
      return this.answer(status, { code, detail: trouble });
    }
    if (Number(new Headers(init.headers).get('Upload-Offset')) !== content.length) {
      return this.answer(409, { code: 'UPLOAD_OFFSET_DIFFERS', detail: 'elsewhere', offsetBytes: content.length });
    }
    const next = [...content, ...this.bytes(init)];
    this.held.set(name, next);
    return new Response(null, { status: 204, headers: { 'Upload-Offset': String(next.length) } });
  }

  private bytes(init: RequestInit): Uint8Array {
    return init.body as unknown as Uint8Array;
  }

  private answer(status: number, body: unknown): Response {
    return new Response(JSON.stringify(body), { status });
  }
}

const LARGE = 2_500_000;
const FILES = [new File([Uint8Array.from({ length: LARGE }, (_unused, index) => (index * 7) % 251)], 'model.safetensors'), new File(['{}'], 'config.json')];
const NEVER = new AbortController().signal;
let server: Server;

beforeEach(() => {
  server = new Server();
  vi.stubGlobal('fetch', server.fetch);
  localStorage.clear();
});

afterEach(() => vi.unstubAllGlobals());

async function sendAll(files: File[] = FILES, progress: Progress[] = []): Promise<Upload> {
  const upload = await uploadFor(files, NEVER);
  return send(upload, new Map(files.map((file) => [file.name, file])), NEVER, (at) => progress.push(at));
}

async function expectWhole() {
  for (const file of FILES) {
    expect(server.held.get(file.name)?.length).toBe(file.size);
    expect(Buffer.from(server.held.get(file.name) ?? []).equals(Buffer.from(await file.arrayBuffer())), file.name).toBe(true);
  }
}

test('files are sent in pieces, with progress, and completed', async () => {
  const progress: Progress[] = [];
  expect((await sendAll(FILES, progress)).state).toBe('complete');
  await expectWhole();
  expect(server.requests.filter((request) => request.startsWith('PATCH')).length).toBeGreaterThan(2);
  expect(progress.at(-1)).toMatchObject({ sentBytes: LARGE + 2, totalBytes: LARGE + 2 });
  expect(progress.map((at) => at.sentBytes)).toEqual([...progress.map((at) => at.sentBytes)].sort((a, b) => a - b));
});

test('a connection that is lost before or after a piece arrived is waited for, and nothing is sent twice into the file', async () => {
  server.troubles = ['lost before', 'lost after', 'busy', 'lost after'];
  const progress: Progress[] = [];
  await sendAll(FILES, progress);
  await expectWhole();
  expect(progress.some((at) => at.waiting.includes('connection is lost'))).toBe(true);
  expect(progress.at(-1)?.waiting).toBe('');
  expect(server.requests.some((request) => request.startsWith('HEAD'))).toBe(true);
});

test('a piece that arrived damaged is sent again, but not for ever; a full store is said at once', async () => {
  server.troubles = ['damaged', 'damaged'];
  await sendAll();
  await expectWhole();
  server = new Server();
  vi.stubGlobal('fetch', server.fetch);
  localStorage.clear();
  server.troubles = ['damaged', 'damaged', 'damaged', 'damaged'];
  await expect(sendAll()).rejects.toMatchObject({ code: 'UPLOAD_DAMAGED' });
  server.troubles = ['full'];
  await expect(sendAll()).rejects.toMatchObject({ code: 'STORAGE_FULL' });
});

test('the same files chosen again go on where the server is, other ones begin anew', async () => {
  const upload = await uploadFor(FILES, NEVER);
  server.held.set('model.safetensors', [...new Uint8Array(await FILES[0]!.slice(0, 1_000_000).arrayBuffer())]);
  expect((await unfinished()).map((item) => item.id)).toEqual([upload.id]);
  await sendAll();
  await expectWhole();
  expect(server.requests.filter((request) => request === 'POST ')).toHaveLength(1);
  expect(isOf(upload, [FILES[0]!])).toBe(false);
  expect(isOf(upload, [new File(['other'], 'model.safetensors'), FILES[1]!])).toBe(false);
});

test('what the server does not know any more is forgotten', async () => {
  remember('gone');
  expect(await unfinished()).toEqual([]);
  expect(localStorage.getItem('bitstack.uploads')).toBe('[]');
});

test('files that are missing or have changed are named', async () => {
  const upload = await uploadFor(FILES, NEVER);
  const sending = send(upload, new Map([['config.json', FILES[1]!]]), NEVER, () => undefined);
  await expect(sending).rejects.toBeInstanceOf(ApiError);
  await expect(sending).rejects.toThrow('model.safetensors');
});

test('stopping stops', async () => {
  const stop = new AbortController();
  const upload = await uploadFor(FILES, NEVER);
  const sending = send(upload, new Map(FILES.map((file) => [file.name, file])), stop.signal, () => stop.abort());
  server.troubles = ['lost before'];
  await expect(sending).rejects.toBeDefined();
  expect(server.upload?.state).toBe('open');
});

test('hidden files and names that are not taken are left out', () => {
  const names = ['model.safetensors', '.gitattributes', 'a b.txt', 'model.safetensors', 'ü.txt', 'tokenizer.json'];
  const { files, leftOut } = fit(names.map((name) => new File([''], name)));
  expect(files.map((file) => file.name)).toEqual(['model.safetensors', 'tokenizer.json']);
  expect(leftOut).toHaveLength(4);
});
