const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/;
const MOST = 1000;

/** Files that can be sent, and the names of those that cannot. */
export interface Chosen {
  files: File[];
  leftOut: string[];
}

/** Those of the files that an upload takes; hidden ones and others with names that it does not take are left out. */
export function fit(files: readonly File[]): Chosen {
  const seen = new Set<string>();
  const chosen: Chosen = { files: [], leftOut: [] };
  for (const file of files) {
    if (NAME.test(file.name) && !seen.has(file.name) && chosen.files.length < MOST) {
      seen.add(file.name);
      chosen.files.push(file);
    } else {
      chosen.leftOut.push(file.name);
    }
  }
  return chosen;
}

/** The files that were dropped; of a directory those directly in it. */
export async function dropped(transfer: DataTransfer): Promise<File[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry());
  const flat = [...transfer.files];
  if (!entries.some((entry) => entry?.isDirectory)) {
    return flat;
  }
  const found: File[] = [];
  for (const entry of entries) {
    if (entry?.isDirectory) {
      for (const child of await childrenOf(entry as FileSystemDirectoryEntry)) {
        if (child.isFile) {
          found.push(await fileOf(child as FileSystemFileEntry));
        }
      }
    } else if (entry?.isFile) {
      found.push(await fileOf(entry as FileSystemFileEntry));
    }
  }
  return found;
}

/** A directory is read in parts, until one is empty. */
async function childrenOf(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0 || all.length > MOST) {
      return all;
    }
    all.push(...part);
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}
