declare module "node:things" {
    global {
        interface Things {
            a: string;
        }
    }
    export default function (a: string): void;
}
