import { call, url } from '../api/client';
import type { Signature } from '../api/types';

export type Verdict = 'good' | 'BAD' | 'other manifest' | 'this browser cannot check it';

/** What is signed begins with this; docs/FORMAT.md. */
const PREFIX = 'bitstack/1 manifest\n';

/** Fetches the manifest and checks that it is the one that the digest names and that the key signed it. */
export async function checkSignature(stackDigest: string, signature: Signature): Promise<Verdict> {
  const response = await call(url(['/api/v1/stacks', stackDigest, '/manifest']));
  const manifest = new Uint8Array(await response.arrayBuffer());
  // Pages that came by plain HTTP from another machine have no cryptography.
  if (typeof crypto.subtle === 'undefined') {
    return 'this browser cannot check it';
  }
  const digest = `sha256:${hex(new Uint8Array(await crypto.subtle.digest('SHA-256', manifest)))}`;
  if (digest !== stackDigest) {
    return 'other manifest';
  }
  const prefix = new TextEncoder().encode(PREFIX);
  const signed = new Uint8Array(prefix.length + manifest.length);
  signed.set(prefix);
  signed.set(manifest, prefix.length);
  try {
    const key = await crypto.subtle.importKey('spki', base64(signature.publicKey), { name: 'Ed25519' }, false, ['verify']);
    return (await crypto.subtle.verify({ name: 'Ed25519' }, key, base64(signature.signature), signed)) ? 'good' : 'BAD';
  } catch {
    return 'this browser cannot check it';
  }
}

function base64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
