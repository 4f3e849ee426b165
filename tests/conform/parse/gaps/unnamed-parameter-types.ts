export interface Props {
  onChange?: (string) => void;
  ready: (boolean) => boolean;
}
export const handle = (value: string, change: (any) => void) => change(value);
