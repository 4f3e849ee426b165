'use client'
(function () {})
export {};
