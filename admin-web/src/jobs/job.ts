import type { Job, LogLine } from '../api/types';

const FINISHED = ['done', 'failed', 'cancelled'];

export function isFinished(job: Job): boolean {
  return FINISHED.includes(job.state);
}

/** The steps of a job in their order, as its states name them. */
export const STEPS = ['validating', 'calibrating', 'encoding', 'ordering', 'evaluating', 'publishing'];

/** The same as a job's progress names them. */
const NAMES = ['validate', 'calibrate', 'encode', 'order', 'evaluate', 'publish'];

/** Which step a job is at, or was at when it failed or was cancelled; all of them when it is done, -1 when none has begun. */
export function stepAt(job: Pick<Job, 'state' | 'step'>): number {
  if (job.state === 'done') {
    return STEPS.length;
  }
  return FINISHED.includes(job.state) ? NAMES.indexOf(job.step ?? '') : STEPS.indexOf(job.state);
}

/** What a step counts. */
export function unit(step: string | null | undefined): string {
  return step === 'validate' ? 'tensors' : step === 'encode' ? 'matrices' : 'evaluations';
}

/** What a matrix came to. */
export interface MatrixError {
  name: string;
  error: number;
}

const MATRIX = /^matrix \d+ of \d+, (.+): error ([0-9.eE+-]+)/;

/** The error of each matrix that the log tells of; of one that was encoded twice the later one. */
export function matrixErrors(lines: LogLine[]): MatrixError[] {
  const errors = new Map<string, number>();
  for (const { message } of lines) {
    const match = MATRIX.exec(message);
    const value = Number(match?.[2]);
    if (match?.[1] && Number.isFinite(value)) {
      errors.set(match[1], value);
    }
  }
  return [...errors].map(([name, error]) => ({ name, error }));
}

/** Where a matrix stands in a picture of the model: its decoder layer, if it has one, and what it is there. */
export function place(name: string): { layer: string; role: string } {
  const match = /layers\.(\d+)\.(.+?)(?:\.weight)?$/.exec(name);
  return match?.[1] && match[2]
    ? { layer: match[1], role: match[2] }
    : { layer: '', role: name.replace(/^model\./, '').replace(/\.weight/, '') };
}
