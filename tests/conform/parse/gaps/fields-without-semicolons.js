const kResume = Symbol();
export class Handler {
  #aborted = false
  #abort

  [kResume] = null

  static
  async
  raw = null
  'quoted'
  *items() {}
}
