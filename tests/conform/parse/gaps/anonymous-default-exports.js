export default class extends Object {
}
export const after = 1;
