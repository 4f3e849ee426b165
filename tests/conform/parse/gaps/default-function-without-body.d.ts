export interface Options {
    a: string;
}
export default function (options: Options): { then(f: () => void): void };
