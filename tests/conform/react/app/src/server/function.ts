'use server';

export default async function named() {
    return 'default function';
}
