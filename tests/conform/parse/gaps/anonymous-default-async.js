export default async function* () {
  yield 1;
}
export const after = 1;
