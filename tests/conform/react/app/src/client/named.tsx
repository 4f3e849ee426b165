'use client';

export default function Named() {
    return <i>named</i>;
}
