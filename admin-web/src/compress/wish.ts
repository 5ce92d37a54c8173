import { CODECS } from './parameters';

/** What the form asks for, as it is written in it. */
export interface Wish {
  model: string;
  kind: 'path' | 'upload' | 'hub' | 's3';
  path: string;
  /** The id of an upload that is complete. */
  upload: string;
  repository: string;
  revision: string;
  bucket: string;
  prefix: string;
  file: string;
  calibration: 'own' | 'built-in' | 'file' | 'path';
  calibrationText: string;
  /** A text that was uploaded: `upload:id/name`. */
  calibrationUpload: string;
  calibrationPath: string;
  evaluationPath: string;
  contextTokens: string;
  codec: string;
  order: string;
  priority: string;
  /** Only those that differ from what is usual. */
  parameters: Record<string, string>;
}

export const BLANK: Wish = {
  model: '',
  kind: 'path',
  path: '',
  upload: '',
  repository: '',
  revision: 'main',
  bucket: '',
  prefix: '',
  file: '',
  calibration: 'own',
  calibrationText: '',
  calibrationUpload: '',
  calibrationPath: '',
  evaluationPath: '',
  contextTokens: '256',
  codec: 'nested',
  order: '',
  priority: '0',
  parameters: {},
};

export const MOST_TEXT = 4 << 20;
const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** What is wrong with a wish, by the field's name; nothing when it can be sent. */
export function faults(wish: Wish): Partial<Record<keyof Wish | string, string>> {
  const found: Record<string, string> = {};
  if (!NAME.test(wish.model)) {
    found['model'] = 'Lower-case letters, digits, dots, dashes and underscores, a letter or digit first, 63 at most.';
  }
  if (wish.kind === 'path' && !wish.path.startsWith('/')) {
    found['path'] = 'The whole path of a directory or GGUF file on the server, beginning with a slash.';
  }
  if (wish.kind === 'upload' && wish.upload === '') {
    found['upload'] = 'Send the model’s files first.';
  }
  if (wish.kind === 'hub' && !/^[^/\s]+\/[^/\s]+$/.test(wish.repository)) {
    found['repository'] = 'A repository as owner/name.';
  }
  if (wish.kind === 's3' && wish.bucket === '') {
    found['bucket'] = 'The bucket that has the model.';
  }
  if (wish.calibration === 'file' && wish.calibrationText === '' && wish.calibrationUpload === '') {
    found['calibration'] = 'Choose a text file, or another calibration.';
  }
  if (wish.calibrationText.length > MOST_TEXT) {
    found['calibration'] = 'A text that is sent has 4 Mi characters at most; put a larger one on the server and give its path.';
  }
  if (wish.calibration === 'path' && !wish.calibrationPath.startsWith('/')) {
    found['calibrationPath'] = 'The whole path of a text on the server.';
  }
  if (wish.evaluationPath !== '' && !/^(\/|upload:.+\/.+)/.test(wish.evaluationPath)) {
    found['evaluationPath'] = 'The whole path of a text on the server, or nothing.';
  }
  const context = Number(wish.contextTokens);
  if (!Number.isInteger(context) || context < 16 || context > 32768) {
    found['contextTokens'] = 'A whole number from 16 to 32768.';
  }
  const priority = Number(wish.priority);
  if (wish.priority.trim() === '' || !Number.isInteger(priority) || Math.abs(priority) > 100) {
    found['priority'] = 'A whole number from -100 to 100.';
  }
  for (const parameter of CODECS[wish.codec]?.parameters ?? []) {
    const value = wish.parameters[parameter.name];
    if (value !== undefined && !parameter.pattern.test(value)) {
      found[`parameter ${parameter.name}`] = `Must be ${parameter.allowed}.`;
    }
  }
  return found;
}

function given<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== '' && value !== undefined)) as Partial<T>;
}

/** The body of POST /api/v1/jobs. */
export function body(wish: Wish): object {
  const source =
    wish.kind === 'path'
      ? { path: wish.path }
      : wish.kind === 'upload'
        ? { upload: wish.upload }
      : wish.kind === 'hub'
        ? { hub: given({ repository: wish.repository, revision: wish.revision, file: wish.file }) }
        : { s3: given({ bucket: wish.bucket, prefix: wish.prefix, file: wish.file }) };
  const known = new Set((CODECS[wish.codec]?.parameters ?? []).map((parameter) => parameter.name));
  const parameters = Object.fromEntries(Object.entries(wish.parameters).filter(([name]) => known.has(name)));
  return given({
    model: wish.model,
    source,
    codec: wish.codec,
    parameters: Object.keys(parameters).length > 0 ? parameters : undefined,
    calibrationChoice: wish.calibration === 'built-in' ? 'built-in' : '',
    calibrationText: wish.calibration === 'file' && wish.calibrationUpload === '' ? wish.calibrationText : '',
    calibrationPath: wish.calibration === 'path' ? wish.calibrationPath : wish.calibration === 'file' ? wish.calibrationUpload : '',
    evaluationPath: wish.evaluationPath,
    contextTokens: Number(wish.contextTokens),
    order: wish.order,
    priority: Number(wish.priority),
  });
}
