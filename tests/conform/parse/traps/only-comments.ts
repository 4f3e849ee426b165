// import "./no.js"
/* export {} */
