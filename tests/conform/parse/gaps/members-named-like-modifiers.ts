export interface Names {
  abstract: boolean;
  abstract?: false;
  declare: boolean;
  accessor(accessor?: string): void;
  using(using: string): this;
  type: string
  in: string
  readonly readonly: boolean;
  static: number;
  override?: string;
}
export class Fields {
  public accessor: Names;
  using(using: string) {}
  cloneWith(using: Names) {}
}
