//! Bodies that KinectV2-OSC sends from a Windows PC: one UDP packet a joint, with neither frames nor times.
//!
//! `/bodies/ID/joints/NAME` carries x, y, z in metres and the tracking state's name, `/bodies/ID/hands/Left|Right` a hand's
//! state; a body's right hand is its last packet (microcosm/KinectV2-OSC, f8826ee). A frame is over when a body of it
//! begins anew, or when the sender pauses; its time is that of its arrival. When nothing comes for a while nobody is in
//! view: the sender says nothing of an empty room.

mod assembly;

use self::assembly::Assembly;
use super::{CaptureError, Source, Step, frame_by_steps};
use crate::skeleton::{Frame, Hands};
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// The sender's rate.
const FPS: f32 = 30.0;

/// The longest datagram.
const LONGEST_PACKET: usize = 65_536;

/// A port on which bodies arrive.
#[derive(Debug)]
pub struct OscBodies {
    socket: UdpSocket,
    address: SocketAddr,
    start: Instant,
    assembly: Assembly,
    packet: Vec<u8>,
}

impl OscBodies {
    /// Listens; port 0 is any that is free.
    pub fn listen(address: SocketAddr) -> Result<Self, CaptureError> {
        let failed = |source| CaptureError::Port { address, source };
        let socket = UdpSocket::bind(address).map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        Ok(Self {
            socket,
            address,
            start: Instant::now(),
            assembly: Assembly::default(),
            packet: vec![0; LONGEST_PACKET],
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    fn now_micros(&self) -> u64 {
        self.start.elapsed().as_micros() as u64
    }
}

impl Source for OscBodies {
    fn name(&self) -> String {
        format!("OSC bodies on {}", self.address)
    }

    fn fps(&self) -> f32 {
        FPS
    }

    fn next_frame(&mut self) -> Result<Option<Frame>, CaptureError> {
        frame_by_steps(self, Duration::from_millis(200))
    }

    fn step(&mut self, patience: Duration) -> Result<Step, CaptureError> {
        let until = self.start.elapsed() + patience;
        loop {
            if let Some(frame) = self.assembly.due(self.now_micros()) {
                return Ok(Step::Frame(frame));
            }
            let left = until.saturating_sub(self.start.elapsed());
            if left.is_zero() {
                return Ok(Step::Waiting);
            }
            let pause = Duration::from_micros(self.assembly.wait_micros(self.now_micros()));
            let failed = |source| CaptureError::Port {
                address: self.address,
                source,
            };
            // No time at all would stand for no limit.
            let wait = left.min(pause).max(Duration::from_micros(100));
            self.socket.set_read_timeout(Some(wait)).map_err(failed)?;
            match self.socket.recv_from(&mut self.packet) {
                Ok((length, _)) => {
                    let now = self.now_micros();
                    if let Some(frame) = self.assembly.take(&self.packet[..length], now) {
                        return Ok(Step::Frame(frame));
                    }
                }
                // Windows tells of a port that an earlier answer did not reach; nothing is answered here.
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::WouldBlock
                            | ErrorKind::TimedOut
                            | ErrorKind::Interrupted
                            | ErrorKind::ConnectionReset
                    ) => {}
                Err(error) => return Err(failed(error)),
            }
        }
    }

    fn is_live(&self) -> bool {
        true
    }

    fn hands(&self) -> &[Hands] {
        self.assembly.hands()
    }
}
