'use client';

import { Component } from 'react';

export default class extends Component {
    render() {
        return <i>class</i>;
    }
}
