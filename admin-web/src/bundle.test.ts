// @vitest-environment node
import { existsSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUILT = new URL('../target/web/', import.meta.url);
const MOST_BYTES = 350 * 1024;

interface Chunk {
  file: string;
  isEntry?: boolean;
  imports?: string[];
  css?: string[];
}

/** The files that a browser fetches before the first page stands: the entry, what it imports at once, and their styles. */
function firstPage(): Set<string> {
  const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', BUILT), 'utf8')) as Record<string, Chunk>;
  const files = new Set<string>(['index.html']);
  const seen = new Set<string>();
  const take = (key: string) => {
    const chunk = manifest[key];
    if (!chunk || seen.has(key)) {
      return;
    }
    seen.add(key);
    files.add(chunk.file);
    chunk.css?.forEach((file) => files.add(file));
    chunk.imports?.forEach(take);
  };
  Object.entries(manifest)
    .filter(([, chunk]) => chunk.isEntry)
    .forEach(([key]) => take(key));
  return files;
}

test('the first page is at most 350 kB, compressed', () => {
  expect(existsSync(BUILT), 'run npm run build first').toBe(true);
  const files = firstPage();
  expect(files.size).toBeGreaterThan(3);
  const total = [...files].reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, BUILT))).length, 0);
  console.log(`first page: ${(total / 1024).toFixed(1)} KiB gzip in ${files.size} files`);
  expect(total).toBeLessThanOrEqual(MOST_BYTES);
});

test('the page holds no inline script or style', () => {
  const html = readFileSync(new URL('index.html', BUILT), 'utf8');
  expect(html).not.toMatch(/<style|style=|\son[a-z]+=/i);
  expect([...html.matchAll(/<script\b[^>]*>/g)].every(([tag]) => tag.includes('src="/assets/'))).toBe(true);
});
