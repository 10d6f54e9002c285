/** The address of a built file. */
declare module "*?url" {
    const url: string;
    export default url;
}
