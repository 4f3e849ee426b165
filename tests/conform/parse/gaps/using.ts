declare function open(name: string): Disposable & { text: string };
export function read(name: string): string {
  using file: Disposable & { text: string } = open(name);
  for (using other of [open(name)]) other.text;
  return file.text;
}
export async function readAll(names: AsyncIterable<Disposable>) {
  await using first = null;
  for await (using each of names) each;
}
