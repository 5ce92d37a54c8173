import { CODECS } from './parameters';
import { BLANK, type Wish } from './wish';

/** The text itself does not belong into an address. */
const NAMES = ['model', 'kind', 'path', 'upload', 'repository', 'revision', 'bucket', 'prefix', 'file', 'calibration', 'calibrationUpload', 'calibrationPath', 'evaluationPath', 'contextTokens', 'codec', 'order', 'priority'] as const;

const PARAMETER = 'parameter.';

/** The wish that an address holds, so that a form half filled in can be sent to a colleague. */
export function fromAddress(search: URLSearchParams): Wish {
  const wish: Record<string, unknown> = { ...BLANK };
  for (const name of NAMES) {
    const value = search.get(name);
    if (value !== null) {
      wish[name] = value;
    }
  }
  const known = CODECS[String(wish['codec'])]?.parameters ?? [];
  wish['parameters'] = Object.fromEntries(
    known.flatMap(({ name }) => {
      const value = search.get(PARAMETER + name);
      return value === null ? [] : [[name, value]];
    }),
  );
  return wish as unknown as Wish;
}

/** The address of a wish: what is not as usual. */
export function addressOf(wish: Wish): Record<string, string> {
  return Object.fromEntries([
    ...NAMES.filter((name) => wish[name] !== BLANK[name]).map((name) => [name, wish[name]]),
    ...Object.entries(wish.parameters).map(([name, value]) => [PARAMETER + name, value]),
  ]) as Record<string, string>;
}
