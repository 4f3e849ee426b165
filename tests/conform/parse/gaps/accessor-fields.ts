export abstract class Base {
  accessor first = 1;
  static accessor second: string;
  abstract accessor third: number;
  protected abstract readonly fourth: number;
}
export abstract class Derived extends Base {
  override accessor first = 2;
  protected abstract override readonly fourth: 4;
}
