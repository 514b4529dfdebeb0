use std::io;
pub(crate) fn write() -> io::Result<()> {
    Ok(())
}
